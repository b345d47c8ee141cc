/** The part of WebAssembly that the sandbox uses. TypeScript keeps it in its DOM library, which servers do not load. */
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
}

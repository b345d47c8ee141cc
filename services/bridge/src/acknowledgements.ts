/**
 * The acknowledgements that one connection owes. A client sends PUBACK in the order in which it
 * received the PUBLISHes (MQTT 5.0 and 3.1.1, [MQTT-4.6.0-2]), whatever the order in which their
 * batches end.
 */
export class Acknowledgements {
  readonly #owed: { readonly messageId: number; done: boolean }[] = [];
  readonly #send: (messageId: number) => void;

  constructor(send: (messageId: number) => void) {
    this.#send = send;
  }

  /** Notes a message that arrived. Calling the result says that it is committed. */
  expect(messageId: number): () => void {
    const entry = { messageId, done: false };
    this.#owed.push(entry);
    return () => {
      entry.done = true;
      while (this.#owed[0]?.done) {
        const first = this.#owed.shift();
        if (first !== undefined) this.#send(first.messageId);
      }
    };
  }
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Direction = 'from_client' | 'from_server';

/** A wire between a client and a server that can be made bad: cut, half open, slow. Bytes are never changed. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that pass bytes. */
  open(): number;
  /** Resets every connection, on both sides. New ones pass. */
  cut(): void;
  /**
   * Lets this many more bytes of one direction pass, over all connections, then resets the connection
   * that brought the last of them: in the middle of a packet, mostly. Resolves when it happened, or with
   * false at the next `heal`.
   */
  cutAfter(bytes: number, direction: Direction): Promise<boolean>;
  /**
   * From now on every byte of the connections that are open is swallowed, both ways, and nobody is told
   * anything, not even that the other side has closed. New connections are accepted and swallowed too.
   */
  halfOpen(): void;
  /** Every chunk arrives this much later, in order. */
  delay(ms: number): void;
  /** New connections pass again, at once. What was half open stays so for ever: no network brings it back. */
  heal(): void;
  stop(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket | undefined;
  swallowed: boolean;
}

interface Trap {
  bytesLeft: number;
  readonly direction: Direction;
  readonly sprung: (happened: boolean) => void;
}

/** Listens on 127.0.0.1 and passes what comes to the target, on 127.0.0.1 too. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let swallowing = false;
  let trap: Trap | undefined;

  const reset = (link: Link) => {
    links.delete(link);
    for (const socket of [link.client, link.server]) socket?.resetAndDestroy();
  };
  const springTrap = (happened: boolean) => {
    trap?.sprung(happened);
    trap = undefined;
  };
  const pass = (link: Link, direction: Direction, from: Socket, to: Socket) => {
    const lane = new Lane((chunk) => {
      if (link.swallowed || to.destroyed) return;
      if (trap?.direction === direction && trap.bytesLeft <= chunk.length) {
        const last = chunk.subarray(0, trap.bytesLeft);
        springTrap(true);
        // The other direction ends at once, this one when the part of a packet is on its way.
        to.write(last, () => reset(link));
        link.swallowed = true;
        return;
      }
      if (trap?.direction === direction) trap.bytesLeft -= chunk.length;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('data', (chunk: Buffer) => {
      if (!link.swallowed) lane.push(chunk, delayMs);
    });
    from.on('close', () => {
      if (link.swallowed) return;
      links.delete(link);
      to.destroy();
    });
  };
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };

  const listener = createServer((client) => {
    track(client);
    if (swallowing) {
      client.resume();
      return;
    }
    const server = connect({ port: targetPort, host: '127.0.0.1' });
    track(server);
    const link: Link = { client, server, swallowed: false };
    links.add(link);
    pass(link, 'from_client', client, server);
    pass(link, 'from_server', server, client);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    open: () => links.size,
    cut: () => {
      for (const link of links) reset(link);
    },
    cutAfter: (bytes, direction) => {
      springTrap(false);
      return new Promise((sprung) => {
        trap = { bytesLeft: bytes, direction, sprung };
      });
    },
    halfOpen: () => {
      swallowing = true;
      for (const link of links) {
        link.swallowed = true;
        link.client.resume();
        link.server?.resume();
      }
      links.clear();
    },
    delay: (ms) => {
      delayMs = ms;
    },
    heal: () => {
      delayMs = 0;
      swallowing = false;
      springTrap(false);
    },
    stop: async () => {
      springTrap(false);
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Chunks in order, each not before its time. */
class Lane {
  readonly #deliver: (chunk: Buffer) => void;
  readonly #waiting: { readonly chunk: Buffer; readonly dueMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(deliver: (chunk: Buffer) => void) {
    this.#deliver = deliver;
  }

  push(chunk: Buffer, delayMs: number): void {
    if (delayMs === 0 && this.#timer === undefined) {
      this.#deliver(chunk);
      return;
    }
    this.#waiting.push({ chunk, dueMs: performance.now() + delayMs });
    this.#timer ??= setTimeout(() => this.#deliverDue(), delayMs);
  }

  #deliverDue(): void {
    this.#timer = undefined;
    while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= performance.now()) {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#deliver(next.chunk);
    }
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#timer = setTimeout(() => this.#deliverDue(), Math.max(1, next.dueMs - performance.now()));
    }
  }
}

// The socket of one request: connects, and when it ends comes back by itself, with growing pauses and as often as it
// takes, each time from the last position on, so that nothing is missed or comes twice.

const firstPause = 500;
const longestPause = 15_000;
const handshakeTime = 20_000;
const refused = 1008; // who listens is not allowed to: trying again would change nothing

export class Feed {
    #options;
    #position;
    #socket = null;
    #timer = 0;
    #pause = firstPause;
    #when = "first";
    #ended = false;

    // options: request, user or token; position ({epoch, offset} or null: only what comes from now on); and functions:
    //   onEvent(event)           each one once, in order
    //   onNotice(notice, when)   recovered (true, or false: read the state anew) or dropped. when: first, again (after
    //                            the socket had ended), unasked (the server itself was cut off)
    //   onState(state, detail)   connecting, behind (what was missed is coming), live, waiting, refused
    constructor(options) {
        this.#options = options;
        this.#position = options.position;
        this.#connect();
    }

    get position() {
        return this.#position;
    }

    // Not after the pause but now.
    hurry() {
        if (this.#timer) {
            this.#pause = firstPause;
            this.#connect();
        }
    }

    close() {
        this.#ended = true;
        clearTimeout(this.#timer);
        this.#socket?.close();
    }

    #target() {
        const { request, user, token } = this.#options;
        const query = new URLSearchParams({ request });
        if (token)
            query.set("resume", "message");
        else {
            query.set("username", user);
            for (const [name, value] of Object.entries(this.#position ?? {}))
                query.set(name, value);
        }
        const target = new URL("ws", location.href);
        target.protocol = location.protocol === "https:" ? "wss:" : "ws:";
        target.search = query;
        target.hash = "";
        return target;
    }

    #connect() {
        clearTimeout(this.#timer);
        this.#timer = 0;
        const { token, onState } = this.#options;
        onState("connecting");
        const socket = this.#socket = new WebSocket(this.#target());
        // A host that has gone says nothing, not even no.
        const patience = setTimeout(() => socket.close(), handshakeTime);
        socket.onopen = () => {
            clearTimeout(patience);
            if (token)
                socket.send(JSON.stringify({ token, ...this.#position }));
            onState(this.#position ? "behind" : "live");
        };
        socket.onmessage = message => this.#heard(message.data);
        socket.onclose = end => {
            clearTimeout(patience);
            if (!this.#ended)
                this.#closed(end);
        };
    }

    #heard(text) {
        let message;
        try {
            message = JSON.parse(text);
        } catch {
            return; // of another publisher, and about no request
        }
        if (this.#ended || typeof message !== "object" || message === null)
            return;
        this.#pause = firstPause;
        const { onEvent, onNotice, onState } = this.#options;
        if (message.type === "recovered" && !("run_id" in message)) {
            this.#position = positionOf(message);
            onState("live");
            onNotice(message, this.#when);
            this.#when = "unasked";
        } else if (message.type === "dropped" && !("run_id" in message)) {
            onNotice(message, "unasked");
        } else {
            this.#position = isOurs(message) ? positionOf(message) : this.#position;
            onEvent(message);
        }
    }

    #closed(end) {
        const { onState } = this.#options;
        this.#when = "again";
        if (end.code === refused) {
            onState("refused", { why: end.reason });
            return;
        }
        // Not all at once, who were cut off together.
        const pause = this.#pause * (0.8 + 0.4 * Math.random());
        this.#pause = Math.min(2 * this.#pause, longestPause);
        this.#timer = setTimeout(() => this.#connect(), pause);
        onState("waiting", { until: Date.now() + pause, why: end.code === 1001 ? "the server stops" : end.reason });
    }
}

// Events of the server have a position; those of other publishers have none.
export function isOurs(event) {
    return Number.isSafeInteger(event.epoch) && Number.isSafeInteger(event.offset) && typeof event.id === "string";
}

function positionOf({ epoch, offset }) {
    return { epoch, offset };
}

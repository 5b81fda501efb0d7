// Listens with ws, the WebSocket client of others, as it is: each message is a JSON line {"text"}, the end {"code",
// "reason"}. Arguments: the address, and what to send first, if anything. VN_BROWSER: the folder that has node_modules.

import { createRequire } from "node:module";

const WebSocket = createRequire(`${process.env.VN_BROWSER}/`)("ws");
const [address, first] = process.argv.slice(2);
const say = what => process.stdout.write(`${JSON.stringify(what)}\n`);

const socket = new WebSocket(address);
socket.on("open", () => {
    if (first)
        socket.send(first);
    say({ open: true });
});
socket.on("message", (data, isBinary) => say(isBinary ? { binary: data.length } : { text: data.toString() }));
socket.on("close", (code, reason) => say({ code, reason: reason.toString() }));
socket.on("error", error => say({ error: error.message }));

// Drives a browser for tests/integration/browser.py: one command a line comes in, {"do", ...}, and its answer goes out,
// {"answer"} or {"error"}. VN_BROWSER: the folder that has node_modules.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { chromium } = createRequire(`${process.env.VN_BROWSER}/`)("playwright-core");
const bound = 1000 * Number(process.env.VN_TEST_BOUND || 60);

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium", timeout: bound, handleSIGINT: false, handleSIGTERM: false,
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
           "--disable-background-networking", "--disable-component-update"],
});
let page = null;
let errors = [];
const sockets = []; // of false servers: what was asked for, and said

function falseServer(socket, code) {
    const seen = { target: socket.url(), said: [] };
    sockets.push(seen);
    socket.onMessage(text => seen.said.push(text));
    if (code)
        socket.close({ code, reason: "as the test has it" });
}

// What a person sees, in words.
function look() {
    const text = element => element?.textContent ?? "";
    const cells = group => [...group.querySelectorAll("i")].map(cell => cell.dataset.state);
    return {
        link: document.getElementById("link").dataset.state,
        linkText: text(document.getElementById("link-text")),
        status: text(document.getElementById("run-status")),
        error: text(document.querySelector(".notice:not([hidden])")),
        groups: [...document.querySelectorAll("#groups > li")].map(group => ({
            name: text(group.querySelector(".name")), status: group.dataset.status,
            counts: text(group.querySelector(".counts")), cells: cells(group),
        })),
        // The oldest first.
        log: [...document.querySelectorAll("#log > li")].reverse().map(row => ({
            id: row.dataset.id ?? null, type: row.dataset.type ?? "note", what: text(row.querySelector(".what")),
        })),
        list: [...document.querySelectorAll("#list button")].map(button => button.dataset.id),
        images: document.querySelectorAll("#run img, #run script, #list img").length,
    };
}

const commands = {
    // closeSockets: no server gets the sockets of this page; each is closed with the code, or left alone with 0.
    async open({ port, path = "/watch", scheme = "light", width = 1280, closeSockets }) {
        await page?.context().close();
        errors = [];
        sockets.length = 0;
        const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } });
        page = await context.newPage();
        page.setDefaultTimeout(bound);
        page.on("pageerror", error => errors.push(error.message));
        page.on("console", message => message.type() === "error" && errors.push(message.text()));
        if (closeSockets !== undefined)
            await page.routeWebSocket(/./, socket => falseServer(socket, closeSockets));
        await page.goto(`http://127.0.0.1:${port}${path}`);
    },

    async submit({ user, document, token = "" }) {
        await page.fill("#user", user);
        await page.fill("#token", token);
        if (document !== undefined)
            await page.fill("#document", document);
        await page.click("#submit button");
    },

    example: ({ index }) => page.selectOption("#example", String(index)),

    async pick({ id }) {
        await page.fill("#id", id);
        await page.click("#pick button >> nth=0");
    },

    async choose({ id }) {
        await page.click("#list-again");
        await page.click(`#list button[data-id="${id}"]`);
    },

    // Also where it has come back by itself meanwhile.
    hurry: () => page.evaluate(() => document.getElementById("again").click()),
    look: () => page.evaluate(look),
    errors: () => errors,
    screenshot: ({ to }) => page.screenshot({ path: to, fullPage: true }),

    // By the keyboard alone: what has the focus after each Tab.
    async tabs({ count }) {
        const names = [];
        for (let n = 0; n < count; ++n) {
            await page.keyboard.press("Tab");
            names.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
        }
        return names;
    },

    sockets: () => sockets,

    // A clock that stands still but for run; how many sockets are asked for in that time. What a false server says
    // takes real time.
    stopClock: () => page.clock.install(),
    async run({ ms }) {
        const before = sockets.length;
        for (let past = 0; past < ms; past += 500) {
            await page.clock.runFor(500);
            await page.evaluate(() => document.title);
        }
        return sockets.length - before;
    },

    // A plain EventSource.
    source: ({ path }) => page.evaluate(path => {
        window.heard = [];
        window.source = new EventSource(path);
        source.onmessage = ({ data, lastEventId }) => heard.push({ data, id: lastEventId });
    }, path),
    heard: () => page.evaluate(() => ({ events: heard, state: source.readyState })),
};

for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
        answer = { answer: await commands[command.do](command) ?? null };
    } catch (error) {
        answer = { error: String(error.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();

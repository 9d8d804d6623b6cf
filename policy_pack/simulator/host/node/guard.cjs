"use strict";
// No processes, no network but loopback, no files written outside of the scratch directory. It is no
// boundary against hostile code; it keeps an honest program's side effects from happening.

const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");
const { syncBuiltinESMExports } = require("module");
const { send, frames } = require("./records.cjs");

const realpath = fs.realpathSync.native;
const WRITING = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC;
// Which of a function's arguments are paths that it changes.
const CHANGES = {
    appendFile: [0], chmod: [0], chown: [0], copyFile: [1], cp: [1], lchmod: [0], lchown: [0], link: [1],
    lutimes: [0], mkdir: [0], mkdtemp: [0], rename: [0, 1], rm: [0], rmdir: [0], symlink: [1], truncate: [0],
    unlink: [0], utimes: [0], writeFile: [0],
};
const PROCESSES = ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"];

/** What the program gets in place of an act that a simulation must not perform. */
class BlockedError extends Error {
    constructor(message) {
        super(message);
        this.code = "EPERM";
    }
}

function refuse(act) {
    send("blocked", { act, frames: frames() });
    throw new BlockedError(`${act}, which a simulation does not do`);
}

function install() {
    const scratch = resolved(os.tmpdir()) + path.sep;
    const check = (target, verb) => {
        if (typeof target !== "string" && !Buffer.isBuffer(target) && !(target instanceof URL)) {
            return;
        }
        const file = resolved(target instanceof URL ? target.pathname : String(target));
        if (file !== os.devNull && !(file + path.sep).startsWith(scratch)) {
            refuse(`the program ${verb} \`${path.basename(file)}\``);
        }
    };
    guardFiles(fs, check);
    guardFiles(fs.promises, check);
    guardProcesses();
    guardNetwork();
    syncBuiltinESMExports();
}

/** The real path of a file that may not exist yet. */
function resolved(file) {
    const whole = path.resolve(file);
    try {
        return realpath(whole);
    } catch {
        const parent = path.dirname(whole);
        return parent === whole ? whole : path.join(resolved(parent), path.basename(whole));
    }
}

function guardFiles(target, check) {
    for (const [name, positions] of Object.entries(CHANGES)) {
        for (const each of [name, name + "Sync"]) {
            wrap(target, each, (given) => positions.forEach((position) => check(given[position], "changes")));
        }
    }
    for (const name of ["open", "openSync"]) {
        wrap(target, name, ([file, flags]) => {
            const writes = typeof flags === "number" ? flags & WRITING : /[wa+]/.test(String(flags ?? "r"));
            if (writes) {
                check(file, "writes to");
            }
        });
    }
}

function guardProcesses() {
    const children = require("child_process");
    for (const name of PROCESSES) {
        wrap(children, name, ([command]) => {
            const word = path.basename(String(command).trim().split(/\s/)[0]);
            refuse(`the program starts a process (\`${word}\`)`);
        });
    }
    wrap(process, "kill", ([pid]) => {
        if (Number(pid) !== process.pid) {
            refuse(`the program sends a signal to the process ${pid}`);
        }
    });
}

function guardNetwork() {
    wrap(net.Socket.prototype, "connect", (given) => {
        const [first, second] = Array.isArray(given[0]) ? given[0] : given;
        const options = typeof first === "object" && first !== null ? first : { port: first, host: second };
        const isPath = options.path || (typeof first === "string" && Number.isNaN(Number(first)));
        const host = options.host || "localhost";
        if (!isPath && !isLoopback(String(host))) {
            refuse(`the program opens a connection to \`${host}:${options.port}\``);
        }
    });
    const dns = require("dns");
    for (const target of [dns, dns.promises]) {
        for (const name of Object.keys(target).filter((key) => /^(lookup|resolve)/.test(key))) {
            wrap(target, name, ([host]) => {
                if (host && !isLoopback(String(host))) {
                    refuse(`the program looks up the host \`${host}\``);
                }
            });
        }
    }
    const { createSocket } = require("dgram");
    require("dgram").createSocket = (...given) => {
        const socket = createSocket(...given);
        for (const name of ["send", "connect"]) {
            wrap(socket, name, () => refuse("the program sends a datagram"));
        }
        return socket;
    };
}

function isLoopback(host) {
    return ["localhost", "::1", "[::1]", "0.0.0.0"].includes(host) || host.startsWith("127.");
}

/** Look at a function's arguments before it is called. */
function wrap(target, name, look) {
    const original = target[name];
    if (typeof original !== "function") {
        return;
    }
    const guarded = function (...given) {
        look(given);
        return Reflect.apply(original, this, given);
    };
    for (const key of Reflect.ownKeys(original)) {
        const known = Object.getOwnPropertyDescriptor(guarded, key);
        if (!known || known.configurable) {
            Object.defineProperty(guarded, key, Object.getOwnPropertyDescriptor(original, key));
        }
    }
    target[name] = guarded;
}

module.exports = { install };

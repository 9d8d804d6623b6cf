"use strict";
// The channel back to the host, and what every record needs: the user's own frames.

const fs = require("fs");
const { SourceMap } = require("module");
const path = require("path");
const { fileURLToPath } = require("url");
const { inspect } = require("util");

const MAX_FRAMES = 12;
const MAX_TEXT = 400;
const FRAME = /^\s*at (?:async )?(?:(.*?) \()?((?:file:\/\/)?\/.*?):(\d+):(\d+)\)?$/;
const INVALID = /^(?:file:\/\/)?(\/.*):(\d+)\n/;

const descriptor = Number(process.env.PREFLIGHT_RECORDS);
const answers = Number(process.env.PREFLIGHT_ANSWERS);
const { readSync, writeSync } = fs;
const { parse, stringify } = JSON;
delete process.env.PREFLIGHT_RECORDS;
delete process.env.PREFLIGHT_ANSWERS;

/** Writes one record as a JSON line, at once: a process that is killed has still told what it had. */
function send(kind, fields) {
    const line = Buffer.from(stringify({ kind, ...fields }) + "\n");
    for (let written = 0; written < line.length; ) {
        try {
            written += writeSync(descriptor, line, written);
        } catch (error) {
            if (error.code !== "EAGAIN") {
                return;
            }
        }
    }
}

/** Asks the host, and waits for its answer. */
function ask(fields) {
    send("ask", { ...fields, frames: frames() });
    const parts = [];
    const part = Buffer.alloc(65536);
    for (;;) {
        const size = readSync(answers, part);
        parts.push(Buffer.from(part.subarray(0, size)));
        if (size === 0 || part[size - 1] === 10) {
            return parse(Buffer.concat(parts).toString() || "{}");
        }
    }
}

/** Whether a file is the user's: neither Node's own, nor installed, nor ours. */
function owns(file) {
    return file.startsWith("/") && !file.includes("/node_modules/") && !file.startsWith(__dirname);
}

/** The user's frames of a stack trace, innermost first, as `[file, line, function, column]`. */
function framesOf(stack) {
    const found = [];
    for (const text of String(stack).split("\n")) {
        const match = FRAME.exec(text);
        if (match && found.length < MAX_FRAMES) {
            const isModule = match[2].startsWith("file://");
            const file = isModule ? fileURLToPath(match[2]) : match[2];
            if (owns(file)) {
                const [line, column] = [Number(match[3]), Number(match[4])];
                const name = (match[1] || "").replace(/^Object\.<anonymous>$|^new | \[as .*\]$/g, "");
                const place = isModule ? asWritten(file, line, column) : [line, column];
                found.push([file, place[0], name, place[1]]);
            }
        }
    }
    return found;
}

// The ES modules that were loaded, each with its source map's text where it brings one.
const scripts = new Map();

/** Learn of the program's ES modules as they are loaded, if it consists of such. Nothing else maps them. */
function watchScripts(directory) {
    if (!isModules(directory)) {
        return;
    }
    const { Session } = require("inspector");
    const session = new Session();
    session.connect();
    session.on("Debugger.scriptParsed", ({ params }) => {
        if (params.url.startsWith("file://") && owns(fileURLToPath(params.url))) {
            scripts.set(fileURLToPath(params.url), params.sourceMapURL);
        }
    });
    session.post("Debugger.enable");
}

function isModules(directory) {
    for (let place = directory; ; place = path.dirname(place)) {
        try {
            return JSON.parse(fs.readFileSync(path.join(place, "package.json"), "utf8")).type === "module";
        } catch {
            if (place === path.dirname(place)) {
                return false;
            }
        }
    }
}

/** Where a place in an ES module stands in the file as it was written. */
function asWritten(file, line, column) {
    let map = scripts.get(file);
    if (typeof map === "string") {
        const encoded = /^data:application\/json[^,]*;base64,(.*)$/s.exec(map)?.[1];
        map = encoded ? new SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString())) : null;
        scripts.set(file, map);
    }
    const entry = map?.findEntry(line - 1, column - 1);
    return entry?.originalLine === undefined ? [line, column] : [entry.originalLine + 1, entry.originalColumn + 1];
}

/** The user's frames of the running call, innermost first. */
function frames() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 60;
    const stack = new Error().stack;
    Error.stackTraceLimit = limit;
    return framesOf(stack);
}

/** Whether the function that calls `callee` is the user's own, without making up a stack trace's text. */
function calledByUser(callee) {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const holder = {};
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName() ?? "";
    Error.stackTraceLimit = 1;
    Error.captureStackTrace(holder, callee);
    const file = holder.stack;
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
    return owns(file.startsWith("file://") ? fileURLToPath(file) : file);
}

/** What is told of an error: its class, its message and the user's frames. */
function described(error) {
    const isError = error instanceof Error || typeof error?.stack === "string";
    // Compilers in other threads hand over objects that cannot be made into text.
    const message = isError ? String(error.message) : typeof error === "string" ? error : inspect(error);
    // A file that cannot be compiled stands above the error, not among its frames.
    const invalid = isError && error.name === "SyntaxError" ? INVALID.exec(error.stack) : null;
    return {
        exception: (isError && (error.constructor?.name || error.name)) || "Error",
        message: message.slice(0, MAX_TEXT),
        frames: invalid ? [[invalid[1], Number(invalid[2]), "", 1]] : isError ? framesOf(error.stack) : [],
        code: typeof error?.code === "string" ? error.code : null,
        invalid: invalid !== null,
    };
}

module.exports = { send, ask, owns, frames, calledByUser, described, scripts, watchScripts };

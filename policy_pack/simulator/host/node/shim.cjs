"use strict";
// Runs in the program's process before everything else: watches the SDK and keeps the program from
// acting on the world. Each change touches an internal name, so each is made only where that name exists.

const { isMainThread } = require("worker_threads");

if (isMainThread && process.env.PREFLIGHT_RECORDS) {
    require("./guard.cjs").install();
    require("./sdk.cjs").install();
}

"use strict";
// Watches the SDK: callbacks that fail are recorded and leave an unknown, outputs that are made into text
// are numbered, data sources are given their place in the program. Every copy of the SDK is watched.

const { AsyncLocalStorage } = require("async_hooks");
const { createHash } = require("crypto");
const Module = require("module");
const path = require("path");
const { pathToFileURL } = require("url");
const util = require("util");
const { send, ask, owns, frames, calledByUser, described, scripts, watchScripts } = require("./records.cjs");

const LOOKUP_KEY = "preflight-lookup-bin";
const lookups = new AsyncLocalStorage();
const counts = { applies: 0, applies_run: 0 };
const seen = new WeakSet();
const KINDS = { "": "str", Boolean: "bool", Number: "int", Object: "object" };
// What the SDK and Node ask of any object.
const HIDDEN = /^(__.*|then|toJSON|inspect|doNotCapture|deploymentOnlyModule)$/;
const sockets = process.env.PREFLIGHT_SOCKETS;
const placeholder = process.env.PREFLIGHT_PLACEHOLDER;
delete process.env.PREFLIGHT_SOCKETS;
delete process.env.PREFLIGHT_PLACEHOLDER;
let served = 0;
const PATCHES = {
    "config.js": giveConfiguration,
    "output.js": watchOutputs,
    "resource.js": placeResources,
    "runtime/config.js": watchConfiguration,
    "runtime/invoke.js": placeInvokes,
    "runtime/rpc.js": watchSecrets,
    "runtime/callbacks.js": serveCallbacks,
    "runtime/stack.js": watchProgram,
    "stackReference.js": predictReferences,
    "proto/callback_grpc_pb.js": askSockets,
    "proto/resource_grpc_pb.js": tellLookups,
};
const SDK_FILE = /[\\/]@pulumi[\\/]pulumi[\\/](?!.*node_modules)(.*)$/;

function install() {
    plainErrors();
    const load = Module.prototype.load;
    Module.prototype.load = function (file) {
        const result = Reflect.apply(load, this, [file]);
        const patch = PATCHES[SDK_FILE.exec(file)?.[1].split(path.sep).join("/")];
        if (patch) {
            patch(this.exports, this);
        }
        return result;
    };
    process.on("unhandledRejection", (error) => failed(error, [], false));
    process.on("uncaughtExceptionMonitor", (error) => failed(error, [], false));
    process.on("exit", () => send("summary", { ...counts, modules: userFiles() }));
    const exit = process.exit;
    process.exit = function (code) {
        if (calledByUser(process.exit)) {
            const message = String(code ?? process.exitCode ?? 0);
            send("exit", { exception: "SystemExit", message, frames: frames() });
        }
        return Reflect.apply(exit, process, code === undefined ? [] : [code]);
    };
}

/** The SDK has Node colour errors, which Node 20 never ends where a stack names `node_modules/@a/b.ts`. */
function plainErrors() {
    util.inspect = new Proxy(util.inspect, {
        apply(target, self, [value, options, ...rest]) {
            const plain = options?.colors ? { ...options, colors: false } : options;
            return Reflect.apply(target, self, [value, plain, ...rest]);
        },
    });
}

function userFiles() {
    const files = new Set([...Object.keys(require.cache), ...scripts.keys()]);
    return [...files].filter((file) => owns(file) && /\.[cm]?[jt]sx?$/.test(file));
}

/** Record an error once, however many promises pass it on; `hidden` are secrets its message may hold. */
function failed(error, created, callback, hidden = []) {
    if (error !== null && typeof error === "object") {
        if (seen.has(error)) {
            return;
        }
        seen.add(error);
    }
    const told = described(error);
    for (const secret of hidden.filter((text) => text.length > 2)) {
        told.message = told.message.split(secret).join("[secret]");
    }
    send("failure", {
        ...told,
        created,
        callback,
        // What no made-up value can cause.
        certain: told.exception === "ReferenceError" || told.code === "MODULE_NOT_FOUND",
        culprit: null,
        span: null,
    });
}

/** Count the user's callbacks, and make a failing one leave an unknown instead of ending the program. */
function watchOutputs(sdk) {
    const prototype = sdk.Output?.prototype;
    const apply = prototype?.apply;
    if (!apply || !("unknown" in sdk)) {
        return;
    }
    prototype.apply = function watched(func, runWithUnknowns) {
        let created = [];
        let isNew = calledByUser(watched);
        if (isNew) {
            counts.applies += 1;
            created = frames()[0] ?? [];
        }
        const secret = this.isSecret;
        const recorded = (error, value) => {
            Promise.resolve(secret).then((hides) => failed(error, created, true, hides ? texts(value) : []));
            return sdk.unknown;
        };
        const callback = (value) => {
            if (isNew) {
                isNew = false;
                counts.applies_run += 1;
            }
            try {
                const result = func(value);
                return result instanceof Promise ? result.catch((error) => recorded(error, value)) : result;
            } catch (error) {
                return recorded(error, value);
            }
        };
        return Reflect.apply(apply, this, [callback, runWithUnknowns]);
    };
    numberTexts(prototype, "toString");
    numberTexts(prototype, "toJSON");
}

/** Number each text of an output, so that the property it ends in leads back to its line. */
function numberTexts(prototype, name) {
    Object.defineProperty(prototype, name, {
        configurable: true,
        get: () => undefined,
        // The SDK gives each output a function of its own.
        set(original) {
            Object.defineProperty(this, name, {
                configurable: true,
                enumerable: true,
                writable: true,
                value() {
                    const text = Reflect.apply(original, this, []);
                    const places = frames();
                    if (places.length === 0) {
                        return text;
                    }
                    const number = numbered(places[0]);
                    send("stringified", { number, frames: places });
                    return `${text}[preflight:${number}]`;
                },
            });
        },
    });
}

/** The number of a place, the same in every run. */
function numbered(place) {
    return createHash("sha256").update(place.join(":")).digest().readUInt32BE();
}

/** Every text in a plain value. */
function texts(value, depth = 0) {
    if (typeof value === "string") {
        return [value];
    }
    const inner = value !== null && typeof value === "object" && depth < 8 ? Object.values(value) : [];
    return inner.flatMap((item) => texts(item, depth + 1));
}

/** Give resources the user's own frames; the SDK's reader knows none of an ES module's top level. */
function placeResources(sdk) {
    const positions = () =>
        frames().map(([file, line, , column]) => ({ uri: pathToFileURL(file).toString(), line, column }));
    if (typeof sdk.Resource?.stackTrace === "function") {
        sdk.Resource.stackTrace = positions;
    } else if (typeof sdk.Resource?.sourcePosition === "function") {
        sdk.Resource.sourcePosition = () => positions()[0];
    }
}

/** Remember where a data source is asked for, until the request is sent. */
function placeInvokes(sdk) {
    for (const name of ["invoke", "invokeOutput", "invokeSingle", "invokeSingleOutput"]) {
        const original = sdk[name];
        if (typeof original === "function") {
            sdk[name] = (...given) =>
                lookups.run({ frames: frames(), secret: false }, () => original(...given));
        }
    }
}

/** Remember that a data source is given a secret: the SDK takes the markers off its arguments. */
function watchSecrets(sdk) {
    const original = sdk.unwrapSecretValues;
    if (typeof original === "function") {
        sdk.unwrapSecretValues = (value) => {
            const result = original(value);
            const lookup = lookups.getStore();
            if (lookup && result[1]) {
                lookup.secret = true;
            }
            return result;
        };
    }
}

/** Send what is remembered of a data source along with its request. */
function tellLookups(sdk, module) {
    const prototype = sdk.ResourceMonitorClient?.prototype;
    const original = prototype?.invoke;
    if (typeof original !== "function") {
        return;
    }
    const { Metadata } = module.require("@grpc/grpc-js");
    prototype.invoke = function (request, ...rest) {
        const lookup = lookups.getStore();
        if (!lookup || typeof rest[0] !== "function") {
            return Reflect.apply(original, this, [request, ...rest]);
        }
        const metadata = new Metadata();
        metadata.set(LOOKUP_KEY, Buffer.from(JSON.stringify(lookup)));
        return Reflect.apply(original, this, [request, metadata, ...rest]);
    };
}

/** Tell once of each key that it is read. */
function watchConfiguration(sdk) {
    const original = sdk.getConfig;
    const told = new Set();
    sdk.getConfig = (key) => {
        if (!told.has(key)) {
            told.add(key);
            send("config", { key, predicted: false });
        }
        return original(key);
    };
}

/** Have a value for what is required and not set, and for what is encrypted. */
function giveConfiguration(sdk, module) {
    const { prototype } = sdk.Config;
    for (const name of Object.getOwnPropertyNames(prototype)) {
        const [, verb, secret, type] = /^(require|get)(Secret)?(Boolean|Number|Object)?$/.exec(name) ?? [];
        if (verb) {
            const original = prototype[name];
            prototype[name] = function (key, ...rest) {
                const full = `${this.name}:${key}`;
                const given = module.require("./runtime/config").getConfig(full);
                const missing = given === undefined && verb === "require";
                if (!missing && (!type || given === undefined || given !== placeholder)) {
                    return Reflect.apply(original, this, [key, ...rest]);
                }
                const answer = ask({ key: full, type: KINDS[type ?? ""], missing });
                const made = answer.open ? opened() : answer.value;
                return secret ? module.require("./output").secret(made) : made;
            };
        }
    }
}

/** An object of which nothing is known: it has a member of every name, and none to go through. */
function opened() {
    return new Proxy(
        {},
        {
            get(target, name) {
                if (typeof name === "symbol" || name in target || name in Array.prototype || HIDDEN.test(name)) {
                    return target[name] ?? Array.prototype[name];
                }
                target[name] = ask({ member: name }).value;
                return target[name];
            },
        },
    );
}

/** An output of another stack that is not known is predicted by its name, or unknown. */
function predictReferences(sdk, module) {
    const prototype = sdk.StackReference?.prototype;
    const { getOutput, getOutputDetails } = prototype ?? {};
    if (!getOutput) {
        return;
    }
    const resolved = (stack, name) => {
        const { value, secret } = ask({ stack, output: name });
        const { unknown, secret: hidden } = module.require("./output");
        return value === null ? unknown : secret ? hidden(value) : value;
    };
    prototype.getOutput = prototype.requireOutput = function (name) {
        const isPlain = typeof name === "string";
        return isPlain ? this.name.apply((stack) => resolved(stack, name)) : Reflect.apply(getOutput, this, [name]);
    };
    if (getOutputDetails) {
        prototype.getOutputDetails = async function (name) {
            const { value, secret } = ask({ stack: await this.name.promise(), detail: name });
            return value === null ? {} : secret ? { secretValue: value } : { value };
        };
    }
}

/** Serve callbacks on a socket beside the host's: it cannot reach a port in a network of our own. */
function serveCallbacks(sdk, module) {
    const { Server } = module.require("@grpc/grpc-js");
    const bind = Server.prototype.bindAsync;
    Server.prototype.bindAsync = function (address, credentials, done) {
        if (address !== "127.0.0.1:0" || !sockets) {
            return Reflect.apply(bind, this, [address, credentials, done]);
        }
        served += 1;
        // What the SDK takes for a port is the number of the socket.
        const number = process.pid * 100 + served;
        return Reflect.apply(bind, this, [socketOf(number), credentials, (error) => done(error, number)]);
    };
}

function socketOf(number) {
    return `unix:${path.join(sockets, `callbacks-${number}.sock`)}`;
}

/** The SDK asks its own callbacks whether they are served. */
function askSockets(sdk) {
    const original = sdk.CallbacksClient;
    if (typeof original === "function" && sockets) {
        sdk.CallbacksClient = class extends original {
            constructor(target, ...rest) {
                const number = /^127\.0\.0\.1:(\d+)$/.exec(target)?.[1];
                super(number ? socketOf(number) : target, ...rest);
            }
        };
    }
}

/** Tell the error that ends the program from those of its unfinished work. */
function watchProgram(sdk) {
    const original = sdk.runInPulumiStack;
    if (typeof original !== "function") {
        return;
    }
    sdk.runInPulumiStack = (init) =>
        original(async () => {
            watchScripts(process.cwd());
            try {
                return await init();
            } catch (error) {
                if (error !== null && typeof error === "object") {
                    seen.add(error);
                }
                send("fault", described(error));
                throw error;
            }
        });
}

module.exports = { install };

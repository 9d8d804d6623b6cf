"""Keeps a program that is simulated from acting on the machine, in layers that stand each without the others.

`launching.py` is what the rest of Preflight calls. It starts `launcher.py` in an interpreter of its own,
without site packages: that process gives up its rights, layer by layer, and then becomes the program's
interpreter, so that nothing of the program, no `.pth` file of its environment either, runs before.

* `limits.py`: memory, file size, open files, core dumps, processor time; no privileges by set-user-id files.
* `namespaces.py`: a file system that is read-only and hides secret places, and a network without the world.
* `landlock.py`: files are written in a scratch directory only, secret places are not read.
* `seccomp.py`: no processes, no signals to others, no sockets that reach beyond, no rare system calls.

Under them is the guard in `child/guard.py`, which knows the program's line and says what it has refused.
docs/sandbox.md lists what each layer holds back and what it does not.
"""

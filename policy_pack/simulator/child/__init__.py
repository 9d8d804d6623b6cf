"""The child's side of the simulator: runs one pass of one program with the project's own interpreter.

Uses only the standard library and the Pulumi SDK that the project has installed; knows nothing of rules.
"""

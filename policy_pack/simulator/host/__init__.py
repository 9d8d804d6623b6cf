"""Hosts programs of any language: plays the engine on a socket, outside of the program's sandbox."""

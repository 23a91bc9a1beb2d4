"""The subcommands, a module each. Any module of this folder may hold one."""

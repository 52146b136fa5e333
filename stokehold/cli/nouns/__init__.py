"""The users' commands. A module here is a command of its name; its docstring's first line is what the help says."""

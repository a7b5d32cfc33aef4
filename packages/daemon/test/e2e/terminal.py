"""Runs a command on a pseudo-terminal of a given size and passes on, as it is, what it writes there.

python3 terminal.py ROWS COLUMNS COMMAND [ARGUMENT ...]; ends with the command's exit code.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

rows, columns, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    # the size must be there before the command asks for it
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    os.execvp(command[0], command)
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:  # how Linux tells that the other side was closed
        break
    if not part:
        break
    sys.stdout.buffer.write(part)
sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

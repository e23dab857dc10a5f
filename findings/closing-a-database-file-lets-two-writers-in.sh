#!/usr/bin/env bash
# A program that looks into its own SQLite file gives its lock away: two write at once, one write is lost.
#
# Date: 2026-11-30. Versions: apsw 3.54.1.0 (SQLite 3.54.1), on Linux.
#
# A program has begun a write transaction, and another program is told that the database is locked. Then the
# first one opens the file by its name, reads the 16 bytes that say "this is SQLite", and closes it again, as a
# backup, a hash sum or a "what kind of file is this" does.
#
# Guess: reading a file changes nothing; the other program is still told that the database is locked.
#
# Seen: the other program may write, and is told that it did. The first one's commit fails with "disk I/O
# error" on a disk that is in order. Afterwards the row whose commit failed is there, the row whose commit
# succeeded is gone, and integrity_check finds nothing wrong.
#
# SQLite's page "How To Corrupt An SQLite Database File" (2.2) says why: its locks are POSIX's, which belong to
# the process and the file, and end when the process closes any descriptor of that file.
#
# Why it matters: nothing in a program shows it. The lookup may stand in a library, in another thread, and
# works in every test with one writer.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0

cat > "$dir/other.py" <<'PY'
import sys

import apsw

try:
    apsw.Connection(sys.argv[1]).execute("BEGIN IMMEDIATE; INSERT INTO clicks VALUES ('the other'); COMMIT")
    print("the other: committed")
except apsw.BusyError:
    print("the other: locked out")
PY

"$dir/venv/bin/python" - "$dir/clicks.db" "$dir/other.py" > "$dir/seen" <<'PY'
import subprocess
import sys

import apsw

path, other = sys.argv[1:]


def let_the_other_write():
    print(subprocess.run([sys.executable, other, path], capture_output=True, text=True).stdout, end="")


database = apsw.Connection(path)
database.execute("CREATE TABLE clicks (by TEXT)")
database.execute("BEGIN IMMEDIATE; INSERT INTO clicks VALUES ('the first')")
let_the_other_write()
with open(path, "rb") as file:
    print("the first: reads", file.read(15).decode())
let_the_other_write()
try:
    database.execute("COMMIT")
    print("the first: committed")
except apsw.Error as error:
    print("the first:", error)
fresh = apsw.Connection(path)
print("rows:", [by for (by,) in fresh.execute("SELECT by FROM clicks")])
print("integrity_check:", fresh.execute("PRAGMA integrity_check").fetchone()[0])
PY

cat > "$dir/expected" <<'END'
the other: locked out
the first: reads SQLite format 3
the other: committed
the first: disk I/O error
rows: ['the first']
integrity_check: ok
END
diff "$dir/expected" "$dir/seen"
echo "as on 2026-11-30: the lock went with the closed file, and the write that succeeded is lost"

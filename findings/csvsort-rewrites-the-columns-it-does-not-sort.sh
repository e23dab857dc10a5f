#!/usr/bin/env bash
# csvsort changes cells on its way: 12:30 becomes 0:12:30, 1-2 becomes 2001-01-02, the user "none" vanishes.
#
# Date: 2026-11-30. Versions: csvkit 2.2.0 with agate 1.14.2 (Python).
#
# csvkit is a set of command-line tools for CSV files. csvsort sorts lines by a column.
#
# Guess: sorting by one column changes the order of lines and leaves every cell as it was, at least in the other
# columns. csvkit documents that types are inferred, and -I against it, for comparing numbers by value.
#
# Seen: every column is converted and written anew. A time of day turns into a length of 12 minutes and 30
# seconds; "1-2" into a day of 2001; "5%" and "$7" lose their signs; "007" its zeros; "none" is empty;
# the seventh digit of a time stamp is gone. With -I, "do not infer types", all is kept but the user "none", whom
# only --blanks saves.
#
# Why it matters: a file of clicks or indicators that is only sorted, to be compared with another, comes out with
# other users, identifiers and times. csvcut and csvgrep leave cells alone, so nobody looks.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2

printf '%s\r\n' 'Id,Time,Ticket,Rate,Cost,Code,User,Seen' \
  "2,12:30,1-2,5%,\$7,007,none,2026-11-30T12:00:00.1234567Z" \
  "1,01:05,3-4,6%,\$8,010,ann,2026-11-30T13:00:00.7654321Z" > "$dir/clicks.csv"

{
  echo csvsort
  "$dir/venv/bin/csvsort" -c Id "$dir/clicks.csv"
  echo csvsort -I
  "$dir/venv/bin/csvsort" -I -c Id "$dir/clicks.csv"
  echo csvsort -I --blanks
  "$dir/venv/bin/csvsort" -I --blanks -c Id "$dir/clicks.csv"
} > "$dir/seen"

cat > "$dir/expected" <<'END'
csvsort
Id,Time,Ticket,Rate,Cost,Code,User,Seen
1,0:01:05,2001-03-04,6,8,10,ann,2026-11-30T13:00:00.765432+00:00
2,0:12:30,2001-01-02,5,7,7,,2026-11-30T12:00:00.123456+00:00
csvsort -I
Id,Time,Ticket,Rate,Cost,Code,User,Seen
1,01:05,3-4,6%,$8,010,ann,2026-11-30T13:00:00.7654321Z
2,12:30,1-2,5%,$7,007,,2026-11-30T12:00:00.1234567Z
csvsort -I --blanks
Id,Time,Ticket,Rate,Cost,Code,User,Seen
1,01:05,3-4,6%,$8,010,ann,2026-11-30T13:00:00.7654321Z
2,12:30,1-2,5%,$7,007,none,2026-11-30T12:00:00.1234567Z
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"

#!/usr/bin/env bash
# cronsim leaves out the first runs after a change of the clocks by half an hour.
#
# Date: 2026-11-30. Versions: cronsim 2.8, tzdata 2026.6 (Python).
#
# Australia/Lord_Howe puts its clocks back by 30 minutes at 02:00 on 2026-04-05. cronsim says that it does as
# Debian's cron across such changes.
#
# Guess: 03:00 comes once on that day, an hour after the change is over, so "*/15 3 * * *" is due at 03:00, 03:15,
# 03:30 and 03:45 on that day as on the next, and "0 */3 * * *" is due at 03:00 on both.
#
# Seen: on the day of the change the first gives 03:30 and 03:45 only, and the second leaves 03:00 out. On the
# next day both are whole. In Berlin, which changes by an hour, nothing is left out.
#
# Why it matters: whoever judges a scheduler by cronsim judges it wrongly in one zone, on two days of the year.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/python3" -m pip install --quiet --disable-pip-version-check cronsim==2.8 tzdata==2026.6

"$dir/venv/bin/python3" - > "$dir/seen" <<'PY'
from datetime import datetime
from zoneinfo import ZoneInfo, reset_tzpath

from cronsim import CronSim

# The zones of the pinned package, not of the machine.
reset_tzpath(to=[])


def due(line, zone, day, hours):
    runs = CronSim(line, datetime(*day, 0, 10, tzinfo=ZoneInfo(zone)))
    found = []
    for run in runs:
        if run.date() != datetime(*day).date():
            break
        if run.hour in hours:
            found.append(run.strftime("%H:%M"))
    print(line, zone, "-".join(map(str, day)), *found)


for zone, days in [
    ("Australia/Lord_Howe", [(2026, 4, 5), (2026, 4, 6)]),
    ("Europe/Berlin", [(2026, 10, 25)]),
]:
    for day in days:
        due("*/15 3 * * *", zone, day, [3])
        due("0 */3 * * *", zone, day, [3, 6])
PY

cat > "$dir/expected" <<'END'
*/15 3 * * * Australia/Lord_Howe 2026-4-5 03:30 03:45
0 */3 * * * Australia/Lord_Howe 2026-4-5 06:00
*/15 3 * * * Australia/Lord_Howe 2026-4-6 03:00 03:15 03:30 03:45
0 */3 * * * Australia/Lord_Howe 2026-4-6 03:00 06:00
*/15 3 * * * Europe/Berlin 2026-10-25 03:00 03:15 03:30 03:45
0 */3 * * * Europe/Berlin 2026-10-25 03:00 06:00
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"

#!/usr/bin/env bash
# Three cron libraries read "37-37/3", a range of one value with a step, in three ways.
#
# Date: 2026-11-30. Versions: cronsim 2.8, croniter 7.0.0 (Python), croner 11.0.1 (npm).
#
# In "A-B/N" the step counts within the range (crontab(5)): "30-40/3" ends at 39 in all three libraries.
#
# Guess: "37-37/3" is minute 37 alone, since no other lies in the range.
#
# Seen: croner gives 37. cronsim gives 37, 40, 43 and so on to 58. croniter gives 3, 6, 9 and so on to 57, and not
# 37. None of them raises anything.
#
# Why it matters: programs that write cron lines from two numbers write such ranges when both are the same. Eight
# or nineteen runs an hour come of it instead of one, in one library not even the one that was asked for.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/python3" -m pip install --quiet --disable-pip-version-check cronsim==2.8 croniter==7.0.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" croner@11.0.1

"$dir/venv/bin/python3" - > "$dir/seen" <<'PY'
from datetime import datetime, timezone

from croniter import croniter
from cronsim import CronSim

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def first_hour(runs):
    minutes = []
    for run in runs:
        if run.hour:
            break
        minutes.append(str(run.minute))
    return " ".join(minutes)


for line in ["30-40/3 * * * *", "37-37/3 * * * *"]:
    print(line)
    print("  cronsim ", first_hour(CronSim(line, START)))
    print("  croniter", first_hour(croniter(line, START, ret_type=datetime)))
PY
cat > "$dir/ask.mjs" <<'JS'
import { Cron } from 'croner';

for (const line of ['30-40/3 * * * *', '37-37/3 * * * *']) {
  const runs = new Cron(line, { timezone: 'UTC' }).nextRuns(20, new Date('2026-01-01T00:00:00Z'));
  const first = runs.filter((run) => run.toISOString() < '2026-01-01T01');
  console.log(`${line}\n  croner   ${first.map((run) => run.getUTCMinutes()).join(' ')}`);
}
JS
node "$dir/ask.mjs" >> "$dir/seen"

cat > "$dir/expected" <<'END'
30-40/3 * * * *
  cronsim  30 33 36 39
  croniter 30 33 36 39
37-37/3 * * * *
  cronsim  37 40 43 46 49 52 55 58
  croniter 3 6 9 12 15 18 21 24 27 30 33 36 39 42 45 48 51 54 57
30-40/3 * * * *
  croner   30 33 36 39
37-37/3 * * * *
  croner   37
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"

"""When cron lines are due, by cronsim 2.8: a cron of others, which does as Debian's cron does.

stdin: one JSON array of {"line", "zone", "from", "until", "most"}, times in seconds since 1970.
stdout: one JSON array with, for each, the times that it is due at: after "from", before "until",
the first "most" at most. The zones are those of PyPI's tzdata, whatever the system has.
"""
import datetime
import json
import sys
import zoneinfo

from cronsim import CronSim

zoneinfo.reset_tzpath(to=[])


def due(asked):
    zone = zoneinfo.ZoneInfo(asked["zone"])
    start = datetime.datetime.fromtimestamp(asked["from"], zone)
    answer = []
    for at in CronSim(asked["line"], start):
        at = int(at.timestamp())
        if at >= asked["until"] or len(answer) == asked["most"]:
            break
        # Two times of the hour that is left out are due at its end, both.
        if answer[-1:] != [at]:
            answer.append(at)
    return answer


json.dump([due(asked) for asked in json.load(sys.stdin)], sys.stdout)

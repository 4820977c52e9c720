"""A child process for tests of the supervisor: it does what the verb says, good or bad."""

from __future__ import annotations

import os
import sys
import time

from parlance.processes import pipe


def main() -> None:
    """Answer until the input ends. A file named as argument gets a dot for every start."""
    for name in sys.argv[1:]:
        with open(name, "a", encoding="ascii") as file:
            file.write(".")
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while (call := pipe.read_call(source)) is not None:
        answer, body = pipe.Answer(call.id, call.fields), b""
        match call.verb:
            case "sleep":
                time.sleep(call.fields["seconds"])
            case "die":
                sys.stderr.write("the last words\n" * call.fields.get("times", 1))
                sys.stderr.flush()
                os._exit(3)
            case "refuse":
                answer = pipe.Answer(call.id, {"field": "input"}, kind=call.fields["kind"], message="No.", hint="Yes.")
            case "babble":
                sink.write(b"\xff" * 64)
            case "mumble":
                sink.write(pipe.LENGTHS.pack(2, 0) + b"no")
            case "stay":
                pipe.read_call(source)
                time.sleep(60)
            case "environment":
                answer = pipe.Answer(call.id, {"names": sorted(os.environ)})
            case "late":
                sink.write(pipe.pack(pipe.Answer(call.id + 1000, {})))
            case "pid":
                answer = pipe.Answer(call.id, {"pid": os.getpid()})
            case "count":
                for done in range(call.fields["to"]):
                    time.sleep(call.fields["pause"])
                    sink.write(pipe.pack(pipe.Answer(call.id, {"done": done}, more=True)))
                    sink.flush()
            case "swell":
                answer, body = pipe.Answer(call.id, {"resident": 1 << 40}), b"body"
        sink.write(pipe.pack(answer, body))
        sink.flush()


main()

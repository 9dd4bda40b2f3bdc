"""A walk downhill: one step from the best trial so far, in whole numbers."""
import json
import random
import sys

hello = json.loads(sys.stdin.readline())
space = {p["name"]: p for p in hello["parameters"]}
dice = random.Random(hello["seed"])
patience = hello["settings"]["patience"]
best, refused = None, 0


def suggest():
    params = {n: dice.randint(p["min"], p["max"]) for n, p in space.items()}
    if best is not None and refused < patience:
        name = dice.choice(list(space))
        step = best["params"][name] + dice.choice([-1, 1])
        params = dict(best["params"], **{name: min(max(step, space[name]["min"]),
                                                   space[name]["max"])})
    print(json.dumps({"params": params}), flush=True)


for line in sys.stdin:
    said = json.loads(line)
    if "ask" in said:
        refused = 0
        suggest()
    elif "error" in said:  # there already, or a constraint is broken: another step
        refused += 1
        suggest()
    elif said["status"] == "completed" and (best is None or said["value"] < best["value"]):
        best = said

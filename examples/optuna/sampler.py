"""Optuna as hone's sampler: docs/external.md has what is said on both sides."""
import json
import sys

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial


def distribution(p):
    log = p["distribution"].startswith("log_uniform")
    if p["distribution"] == "int_uniform":
        return IntDistribution(p["min"], p["max"])
    return CategoricalDistribution(p["values"]) if "values" in p else FloatDistribution(
        p["min"], p["max"], log=log)


hello = json.loads(sys.stdin.readline())
optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(direction=hello["objective"]["goal"],
                            sampler=optuna.samplers.TPESampler(seed=hello["seed"]))
space = {p["name"]: distribution(p) for p in hello["parameters"]}
asked = {}  # hone's number of a trial -> Optuna's trial
states = {"completed": TrialState.COMPLETE, "pruned": TrialState.PRUNED}
for line in sys.stdin:
    said = json.loads(line)
    if "ask" in said or "error" in said:
        number = said.get("ask", max(asked, default=0))
        if "error" in said:  # a constraint is broken, or the trial is there already: avoid it
            study.tell(asked.pop(number), state=TrialState.PRUNED)
        asked[number] = study.ask(space)
        print(json.dumps({"params": asked[number].params}), flush=True)
    elif said["status"] != "pending":
        state = states.get(said["status"], TrialState.FAIL)
        value = said["objective"] if state == TrialState.COMPLETE else None
        if said["trial"] in asked:
            study.tell(asked.pop(said["trial"]), value, state)
        elif state == TrialState.COMPLETE:  # of an earlier run
            study.add_trial(create_trial(params=said["params"], distributions=space, value=value))

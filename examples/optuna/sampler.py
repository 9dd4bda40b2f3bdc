"""Optuna as hone's sampler: docs/external.md has what is said on both sides."""
import json
import sys

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial


def distribution(p):
    if "values" in p:
        return CategoricalDistribution(p["values"])
    kind = IntDistribution if p["distribution"] == "int_uniform" else FloatDistribution
    return kind(p["min"], p["max"], log=p["distribution"] == "log_uniform_values")


hello = json.loads(sys.stdin.readline())
optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(direction=hello["objective"]["goal"],
                            sampler=optuna.samplers.TPESampler(seed=hello["seed"]))
space = {p["name"]: distribution(p) for p in hello["parameters"]}
asked, number = {}, 0  # hone's number of a trial -> Optuna's trial; the last one
for said in map(json.loads, sys.stdin):
    value = float(said["objective"]) if said.get("status") == "completed" else None
    if "error" in said:  # a constraint is broken, or the trial is there already: avoid it
        study.tell(asked[number], state=TrialState.PRUNED)
    if "ask" in said or "error" in said:
        number = said.get("ask", number)
        asked[number] = study.ask(space)
        print(json.dumps({"params": asked[number].params}), flush=True)
    elif said["trial"] in asked and said["status"] != "pending":
        study.tell(asked.pop(said["trial"]), value, None if value is not None else TrialState.FAIL)
    elif value is not None:  # of an earlier run
        study.add_trial(create_trial(params=said["params"], distributions=space, value=value))

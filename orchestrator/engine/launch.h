/* What an attempt is started with: its argument list, its environment, its files. */
#ifndef HONE_ENGINE_LAUNCH_H
#define HONE_ENGINE_LAUNCH_H

#include <hone/executor.h>
#include <hone/spec.h>

#include "engine/devices.h"
#include "engine/reactor.h"

/* What all launches of a sweep share. Texts are borrowed. */
typedef struct hone_launcher {
    const hone_spec *spec;
    const char *sweep; /* name */
    const char *uid;
    const char *dir;             /* the sweep's folder in the store, absolute */
    const char *workdir;         /* absolute; NULL: the trial's own folder */
    const hone_devices *devices; /* what slots have of the machine; NULL: nothing */
    char *cwd;                   /* where hone was started; owned */
    bool set_unbuffered, set_wandb_mode, set_wandb_dir; /* the user has not */
    bool set_wandb_project, set_wandb_entity;
    hone_buf args, env, params_json, wandb_yaml, trial_dir, args_json_path;
    hone_buf cpus, placement;
    hone_config *config; /* scratch: of a run, with its budget; owned */
} hone_launcher;

/* Errors: HONE_ENOMEM, HONE_EIO (no working directory). */
HONE_MUST_CHECK int hone_launcher_init(hone_launcher *launcher, const hone_spec *spec,
                                       hone_error *err);
void hone_launcher_release(hone_launcher *launcher);

/* Fills `launch` for the run's present attempt; everything it points to is borrowed from
 * the launcher until the next call. args_json_path is set by the caller before.
 * Errors: HONE_ENOMEM, HONE_ELIMIT (an argument list that no system takes). */
HONE_MUST_CHECK int hone_launcher_fill(hone_launcher *launcher, const hone_run *run,
                                       hone_launch *launch);

/* The folder of a trial's repeat, absolute; borrowed until the next call. */
const char *hone_launcher_trial_dir(hone_launcher *launcher, uint64_t number,
                                    uint32_t repeat);

/* The seed that trial `number` is given (HONE_SEED), 0 to 2^31 - 1. */
uint64_t hone_trial_seed(uint64_t sweep_seed, uint64_t number);
/* That of one of its repeats; of the first it is the trial's. */
uint64_t hone_repeat_seed(uint64_t sweep_seed, uint64_t number, uint32_t repeat);

#endif

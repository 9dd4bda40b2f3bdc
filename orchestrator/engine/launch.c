/* What an attempt is started with. */
#include "engine/launch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGS_MAX = 2 * 1024 * 1024 }; /* Linux's own limit of an argument list */

/* A 64-bit mix (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
 * generators", figure 16): enough to make unrelated numbers of related ones. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/* 31 bits: every framework takes that, NumPy refuses more than 32. */
uint64_t hone_trial_seed(uint64_t sweep_seed, uint64_t number)
{
    return mix(mix(sweep_seed) ^ number) >> 33;
}

uint64_t hone_repeat_seed(uint64_t sweep_seed, uint64_t number, uint32_t repeat)
{
    if (repeat <= 1)
        return hone_trial_seed(sweep_seed, number);
    return mix(mix(mix(sweep_seed) ^ number) ^ repeat) >> 33;
}

/* Eight characters [a-z0-9], W&B's form of a run id; the same for the same attempt. */
static void write_run_id(char id[static 9], const char *uid, const hone_run *run)
{
    uint64_t x = run->number * 1000003U + run->attempt;
    for (const char *at = uid; *at != '\0'; at++)
        x = mix(x ^ (unsigned char)*at);
    for (int i = 0; i < 8; i++, x /= 36)
        id[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[x % 36];
    id[8] = '\0';
}

static bool unset(const char *name)
{
    return getenv(name) == NULL;
}

int hone_launcher_init(hone_launcher *launcher, const hone_spec *spec, hone_error *err)
{
    *launcher = (hone_launcher){.spec = spec};
    hone_buf_init(&launcher->args, ARGS_MAX);
    hone_buf_init(&launcher->env, ARGS_MAX);
    hone_buf_init(&launcher->params_json, ARGS_MAX);
    hone_buf_init(&launcher->wandb_yaml, ARGS_MAX);
    hone_buf_init(&launcher->trial_dir, 4096);
    hone_buf_init(&launcher->args_json_path, 4096);
    hone_buf_init(&launcher->cpus, ARGS_MAX);
    hone_buf_init(&launcher->placement, ARGS_MAX);
    launcher->config = calloc(1, hone_config_size(spec->space));
    if (launcher->config == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    launcher->cwd = getcwd(NULL, 0);
    if (launcher->cwd == NULL)
        return hone_error_set(err, HONE_EIO, "the working directory cannot be read");
    launcher->workdir = launcher->cwd;
    if (spec->workdir != NULL && strcmp(spec->workdir, "trial") == 0)
        launcher->workdir = NULL;
    else if (spec->workdir != NULL)
        launcher->workdir = spec->workdir;
    launcher->set_unbuffered = unset("PYTHONUNBUFFERED");
    launcher->set_wandb_mode = unset("WANDB_MODE");
    launcher->set_wandb_dir = unset("WANDB_DIR");
    launcher->set_wandb_project = spec->project != NULL && unset("WANDB_PROJECT");
    launcher->set_wandb_entity = spec->entity != NULL && unset("WANDB_ENTITY");
    return HONE_OK;
}

void hone_launcher_release(hone_launcher *launcher)
{
    free(launcher->config);
    free(launcher->cwd);
    hone_buf_release(&launcher->args);
    hone_buf_release(&launcher->env);
    hone_buf_release(&launcher->params_json);
    hone_buf_release(&launcher->wandb_yaml);
    hone_buf_release(&launcher->trial_dir);
    hone_buf_release(&launcher->args_json_path);
    hone_buf_release(&launcher->cpus);
    hone_buf_release(&launcher->placement);
}

const char *hone_launcher_trial_dir(hone_launcher *launcher, uint64_t number,
                                    uint32_t repeat)
{
    char folder[HONE_TRIAL_FOLDER];
    hone_buf_reset(&launcher->trial_dir);
    hone_buf_printf(&launcher->trial_dir, "%s/%s", launcher->dir,
                    hone_trial_folder_write(number, repeat, folder));
    return hone_buf_text(&launcher->trial_dir);
}

static const char *look_up(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

/* One NAME=VALUE of the environment list, its NUL included. */
static void put(hone_launch *launch, hone_buf *env, const char *name, const char *value)
{
    hone_buf_puts(env, name);
    hone_buf_putc(env, '=');
    hone_buf_puts(env, value);
    hone_buf_putc(env, '\0');
    launch->n_env++;
}

static void put_number(hone_launch *launch, hone_buf *env, const char *name,
                       uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, number);
    put(launch, env, name, text);
}

static void put_wandb(hone_launcher *launcher, const hone_run *run, hone_launch *launch)
{
    hone_buf *env = &launcher->env;
    char id[9];
    write_run_id(id, launcher->uid, run);
    put(launch, env, "WANDB_SWEEP_ID", launcher->uid);
    put(launch, env, "WANDB_RUN_ID", id);
    if (launcher->set_wandb_mode)
        put(launch, env, "WANDB_MODE", "offline");
    if (launcher->set_wandb_dir)
        put(launch, env, "WANDB_DIR",
            launcher->workdir != NULL ? launcher->workdir : launch->trial_dir);
    if (launcher->set_wandb_project)
        put(launch, env, "WANDB_PROJECT", launcher->spec->project);
    if (launcher->set_wandb_entity)
        put(launch, env, "WANDB_ENTITY", launcher->spec->entity);
}

static void put_spec_env(const hone_spec *spec, hone_launch *launch, hone_buf *env)
{
    for (uint32_t i = 0; i < spec->n_env; i++) {
        const hone_env_entry *entry = &spec->env[i];
        if (entry->value != NULL) {
            put(launch, env, entry->name, entry->value);
            continue;
        }
        hone_buf_puts(env, entry->name);
        hone_buf_putc(env, '\0');
        launch->n_env++;
    }
}

/* After the spec's own variables: those of GPUs are what is handed out. */
static void put_gpus(const hone_launcher *launcher, hone_launch *launch, hone_buf *env)
{
    const hone_devices *devices = launcher->devices;
    if (devices == NULL || devices->n_shares == 0)
        return;
    for (const hone_gpu_variable *variable = devices->gpus->variables;
         variable->name != NULL; variable++) {
        hone_buf_puts(env, variable->name);
        hone_buf_putc(env, '=');
        (void)hone_devices_put_gpus(devices, launch->slot, variable, env);
        hone_buf_putc(env, '\0');
        launch->n_env++;
    }
}

static void put_resources(hone_launcher *launcher, hone_launch *launch)
{
    launch->memory_max = launcher->spec->resources.memory;
    hone_buf_reset(&launcher->cpus);
    hone_buf_reset(&launcher->placement);
    if (launcher->devices == NULL)
        return;
    if (hone_devices_put_cpus(launcher->devices, launch->slot, &launcher->cpus))
        launch->cpus = hone_buf_text(&launcher->cpus);
    if (hone_devices_put_placement(launcher->devices, launch->slot, &launcher->placement))
        launch->placement = hone_buf_text(&launcher->placement);
}

static void put_environment(hone_launcher *launcher, const hone_run *run,
                            hone_launch *launch)
{
    hone_buf *env = &launcher->env;
    hone_buf_reset(env);
    put(launch, env, "HONE_SWEEP", launcher->sweep);
    put_number(launch, env, "HONE_TRIAL", run->number);
    put_number(launch, env, "HONE_ATTEMPT", run->attempt);
    put_number(launch, env, "HONE_REPEAT", hone_run_repeat(run));
    put_number(launch, env, "HONE_SEED",
               hone_repeat_seed(launcher->spec->seed, run->number, hone_run_repeat(run)));
    put(launch, env, "HONE_TRIAL_DIR", launch->trial_dir);
    hone_buf_puts(env, "HONE_CHECKPOINT_DIR=");
    hone_buf_puts(env, launch->trial_dir);
    hone_buf_add(env, "/checkpoint", sizeof("/checkpoint"));
    launch->n_env++;
    put(launch, env, "HONE_PARAMS", hone_buf_text(&launcher->params_json));
    if (launcher->set_unbuffered)
        put(launch, env, "PYTHONUNBUFFERED", "1");
    put_wandb(launcher, run, launch);
    put_spec_env(launcher->spec, launch, env);
    put_gpus(launcher, launch, env);
}

/* The run's configuration, with its budget. */
static const hone_config *fill_config(hone_launcher *launcher, const hone_run *run)
{
    const hone_spec *spec = launcher->spec;
    const hone_budget budget = hone_fidelity_budget(&spec->fidelity, run->budget);
    if (!budget.there)
        return run->config;
    memcpy(launcher->config, run->config, hone_config_size(spec->space));
    launcher->config->values[budget.param] = budget.value;
    return launcher->config;
}

int hone_launcher_fill(hone_launcher *launcher, const hone_run *run, hone_launch *launch)
{
    const hone_spec *spec = launcher->spec;
    *launch = (hone_launch){.trial = run->number,
                            .attempt = run->attempt,
                            .slot = run->slot,
                            .workdir = launcher->workdir,
                            .timeout_s = spec->timeout_s,
                            .grace_s = spec->grace_s};
    launch->trial_dir =
        hone_launcher_trial_dir(launcher, run->number, hone_run_repeat(run));
    const hone_config *config = fill_config(launcher, run);
    hone_buf_reset(&launcher->params_json);
    hone_config_write_json(&launcher->params_json, spec->space, config);
    hone_buf_reset(&launcher->wandb_yaml);
    hone_config_write_wandb(&launcher->wandb_yaml, spec->space, config);
    put_environment(launcher, run, launch);
    put_resources(launcher, launch);
    hone_buf_reset(&launcher->args);
    hone_command_context context = {
        .params_json_file = hone_buf_text(&launcher->args_json_path), .getenv = look_up};
    int rc = hone_command_expand(spec->command, spec->space, config, &context,
                                 &launcher->args, &launch->n_args);
    if (rc == HONE_OK)
        rc = hone_buf_status(&launcher->env);
    if (rc == HONE_OK)
        rc = hone_buf_status(&launcher->params_json);
    if (rc == HONE_OK)
        rc = hone_buf_status(&launcher->wandb_yaml);
    if (rc == HONE_OK)
        rc = hone_buf_status(&launcher->trial_dir);
    if (rc == HONE_OK)
        rc = hone_buf_status(&launcher->args_json_path);
    launch->args = hone_buf_text(&launcher->args);
    launch->env = hone_buf_text(&launcher->env);
    launch->params_json = hone_buf_text(&launcher->params_json);
    launch->wandb_yaml = hone_buf_text(&launcher->wandb_yaml);
    if (hone_command_wants_json_file(spec->command))
        launch->args_json = launch->params_json;
    return rc;
}

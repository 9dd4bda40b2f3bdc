/* Starting the command of an attempt: its environment, its program, its process.
 *
 * The environment is the keeper's own (which is hone's), then what only the keeper knows,
 * then what the launch says. posix_spawn and not fork: it reports a failing exec as
 * errno, and costs the same however large the caller is. */
#include "executors/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "executors/slot.h"

#include "base/banned.h"

extern char **environ;

static bool reserve_strings(char ***list, size_t *cap, size_t need)
{
    if (need <= *cap)
        return true;
    char **more = realloc(*list, need * 2 * sizeof *more);
    if (more == NULL)
        return false;
    *list = more;
    *cap = need * 2;
    return true;
}

static char **find_var(const hone_spawn_scratch *scratch, const char *name, size_t len)
{
    for (size_t i = 0; i < scratch->n_env; i++) {
        const char *var = scratch->env[i];
        if (var[0] == name[0] && strncmp(var, name, len) == 0 && var[len] == '=')
            return &scratch->env[i];
    }
    return NULL;
}

/* NAME=VALUE sets, NAME alone takes out. Room was made before. */
static void patch_env(hone_spawn_scratch *scratch, char *var)
{
    const char *equals = strchr(var, '=');
    size_t len = equals == NULL ? strlen(var) : (size_t)(equals - var);
    char **old = len == 0 ? NULL : find_var(scratch, var, len);
    if (equals != NULL && old != NULL)
        *old = var;
    else if (equals != NULL && len > 0)
        scratch->env[scratch->n_env++] = var;
    else if (old != NULL)
        *old = scratch->env[--scratch->n_env];
}

static void patch_slot_var(hone_spawn_scratch *scratch, size_t i, const char *name,
                           const char *file)
{
    char *var = scratch->vars[i];
    int n = snprintf(var, sizeof scratch->vars[i], "%s=%s", name, file);
    assert(n > 0 && (size_t)n < sizeof scratch->vars[i]);
    (void)n;
    patch_env(scratch, var);
}

static int build_env(hone_spawn_scratch *scratch, const hone_launch *launch,
                     const char *slot_path)
{
    char file[HONE_PATH_MAX + 32];
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    size_t need = n + launch->n_env + sizeof scratch->vars / sizeof scratch->vars[0] + 1;
    if (!reserve_strings(&scratch->env, &scratch->env_cap, need))
        return ENOMEM;
    memcpy(scratch->env, environ, n * sizeof *environ);
    scratch->n_env = n;
    snprintf(file, sizeof file, "%s/metrics.jsonl", slot_path);
    patch_slot_var(scratch, 0, HONE_SLOT_TAG, file);
    snprintf(file, sizeof file, "%s/params.json", slot_path);
    patch_slot_var(scratch, 1, "HONE_PARAMS_FILE", file);
    snprintf(file, sizeof file, "%s/config.yaml", slot_path);
    if (launch->wandb_yaml != NULL)
        patch_slot_var(scratch, 2, "WANDB_SWEEP_PARAM_PATH", file);
    const char *var = launch->env;
    for (uint32_t i = 0; i < launch->n_env; i++, var += strlen(var) + 1)
        patch_env(scratch, (char *)(uintptr_t)var); /* execve takes char ** */
    scratch->env[scratch->n_env] = NULL;
    return 0;
}

static int build_args(hone_spawn_scratch *scratch, const hone_launch *launch)
{
    if (!reserve_strings(&scratch->args, &scratch->args_cap, (size_t)launch->n_args + 1))
        return ENOMEM;
    const char *arg = launch->args;
    for (uint32_t i = 0; i < launch->n_args; i++, arg += strlen(arg) + 1)
        scratch->args[i] = (char *)(uintptr_t)arg;
    scratch->args[launch->n_args] = NULL;
    return 0;
}

/* 0 for a file that may be executed, else errno. */
static int try_program(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EACCES;
    return access(path, X_OK) == 0 ? 0 : errno;
}

/* Tries ENTRY/NAME; an entry that is not absolute starts at the working directory. */
static int try_entry(char **path, const char *workdir, const char *entry,
                     const char *name)
{
    const char *base = entry[0] == '/' ? "" : workdir;
    size_t size = strlen(base) + strlen(entry) + strlen(name) + 4;
    char *longer = realloc(*path, size);
    if (longer == NULL)
        return ENOMEM;
    *path = longer;
    snprintf(longer, size, "%s%s%s%s%s", base, *base != '\0' && *entry != '\0' ? "/" : "",
             entry, "/", name);
    return try_program(longer);
}

/* Finds the program by the PATH that the child gets. EACCES where all that was found may
 * not be executed, as execvp has it. */
static int find_program(hone_spawn_scratch *scratch, const char *workdir,
                        const char **found)
{
    const char *name = scratch->args[0];
    *found = name;
    if (name[0] == '\0')
        return ENOENT;
    if (strchr(name, '/') != NULL)
        return 0;
    char **var = find_var(scratch, "PATH", 4);
    char *list = strdup(var != NULL ? *var + 5 : "/bin:/usr/bin");
    if (list == NULL)
        return ENOMEM;
    int code = ENOENT;
    for (char *entry = list, *next; entry != NULL; entry = next) {
        next = strchr(entry, ':');
        if (next != NULL)
            *next++ = '\0';
        int tried = try_entry(&scratch->path, workdir, entry, name);
        if (tried == 0 || tried == ENOMEM || tried == EACCES)
            code = tried;
        if (tried == 0 || tried == ENOMEM)
            break;
    }
    free(list);
    *found = scratch->path;
    return code;
}

/* A session of its own, no signal blocked, none ignored. */
static int fill_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0)
        code = posix_spawnattr_setsigdefault(attributes, &all);
    if (code == 0)
        code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID |
                                                        POSIX_SPAWN_SETSIGMASK |
                                                        POSIX_SPAWN_SETSIGDEF);
    return code;
}

static int fill_actions(posix_spawn_file_actions_t *actions, const char *workdir,
                        const int fds[3])
{
    int code = posix_spawn_file_actions_addchdir_np(actions, workdir);
    for (int fd = 0; fd < 3 && code == 0; fd++)
        code = posix_spawn_file_actions_adddup2(actions, fds[fd], fd);
    return code == 0 ? posix_spawn_file_actions_addclosefrom_np(actions, 3) : code;
}

/* posix_spawn, again for a while where the system has no process or memory to give. */
static int spawn_patiently(const char *program, const hone_spawn_scratch *scratch,
                           const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, pid_t *pid)
{
    enum { FIRST_MS = 10, LAST_MS = 320 };
    for (long wait_ms = FIRST_MS;; wait_ms *= 2) {
        int code =
            posix_spawn(pid, program, actions, attributes, scratch->args, scratch->env);
        if ((code != EAGAIN && code != ENOMEM) || wait_ms > LAST_MS)
            return code;
        nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000}, NULL);
    }
}

static int spawn_program(const char *program, const hone_spawn_scratch *scratch,
                         const char *workdir, const int fds[3], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code != 0)
        goto fail_attributes;
    code = fill_attributes(&attributes);
    if (code == 0)
        code = fill_actions(&actions, workdir, fds);
    if (code == 0)
        code = spawn_patiently(program, scratch, &actions, &attributes, pid);
    posix_spawnattr_destroy(&attributes);
fail_attributes:
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int hone_keeper_spawn(hone_spawn_scratch *scratch, const hone_launch *launch,
                      const char *slot_path, const int fds[3], pid_t *pid)
{
    const char *workdir = launch->workdir != NULL ? launch->workdir : launch->trial_dir;
    const char *program;
    int code = build_env(scratch, launch, slot_path);
    if (code == 0)
        code = build_args(scratch, launch);
    if (code == 0)
        code = find_program(scratch, workdir, &program);
    return code == 0 ? spawn_program(program, scratch, workdir, fds, pid) : code;
}

void hone_spawn_scratch_release(hone_spawn_scratch *scratch)
{
    free(scratch->env);
    free(scratch->args);
    free(scratch->path);
    *scratch = (hone_spawn_scratch){.env = NULL};
}

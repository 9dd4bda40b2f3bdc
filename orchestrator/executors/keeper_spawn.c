/* Starting the command of an attempt: its environment, its program, its process.
 *
 *   open  spawn*  release
 *
 * The environment is the keeper's own (which is hone's), then what only the keeper knows,
 * then what the launch says. The first two are put together once.
 *
 * The process is made as posix_spawn makes one, with clone: it borrows the keeper's
 * memory, on a stack of its own, until it has executed the program, while the keeper
 * waits. So a failing exec is known as errno, and the size of the keeper costs nothing.
 * posix_spawn itself would map a stack, look at all 64 signals and build its lists anew
 * for each command; here no signal needs to be looked at, since a keeper ignores and
 * handles none (open_signals in keeper.c), and every descriptor of a keeper closes by
 * itself. */
#include "executors/keeper.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* NAME=SLOT/FILE. */
static bool name_file(char **var, const char *name, const char *slot_path,
                      const char *file)
{
    size_t size = strlen(name) + strlen(slot_path) + strlen(file) + 3;
    *var = malloc(size);
    if (*var != NULL)
        snprintf(*var, size, "%s=%s/%s", name, slot_path, file);
    return *var != NULL;
}

int hone_spawn_scratch_open(hone_spawn_scratch *scratch, const char *slot_path)
{
    while (environ[scratch->n_own] != NULL)
        scratch->n_own++;
    bool named =
        name_file(&scratch->vars[0], HONE_SLOT_TAG, slot_path, "metrics.jsonl") &&
        name_file(&scratch->vars[1], "HONE_PARAMS_FILE", slot_path, "params.json") &&
        name_file(&scratch->vars[2], "WANDB_SWEEP_PARAM_PATH", slot_path, "config.yaml");
    return named ? 0 : ENOMEM;
}

static int build_env(hone_spawn_scratch *scratch, const hone_launch *launch)
{
    enum { N_VARS = sizeof scratch->vars / sizeof scratch->vars[0] };
    size_t need = scratch->n_own + launch->n_env + N_VARS + 1;
    if (!reserve_strings(&scratch->env, &scratch->env_cap, need))
        return ENOMEM;
    memcpy(scratch->env, environ, scratch->n_own * sizeof *environ);
    scratch->n_env = scratch->n_own;
    for (size_t i = 0; i < N_VARS; i++)
        if (i != 2 || launch->wandb_yaml != NULL)
            patch_env(scratch, scratch->vars[i]);
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

/* A process on its way from the keeper to its program. */
struct birth {
    const char *program, *workdir;
    char *const *args, *const *env;
    const int *fds;
    sigset_t no_signals;
    int code; /* errno of what failed */
};

/* Runs in the new process, which shares the keeper's memory: changes nothing of it but
 * birth->code. The status that it returns is seen by nobody. */
static int become_command(void *arg)
{
    struct birth *birth = arg;
    bool ready = setsid() >= 0 && chdir(birth->workdir) == 0;
    for (int fd = 0; fd < 3 && ready; fd++)
        ready = dup2(birth->fds[fd], fd) == fd; /* none of them is below 3 */
    if (ready && sigprocmask(SIG_SETMASK, &birth->no_signals, NULL) == 0)
        (void)execve(birth->program, birth->args, birth->env);
    birth->code = errno;
    return EXIT_FAILURE;
}

/* Returns 0 or errno. */
static int make_process(hone_spawn_scratch *scratch, struct birth *birth, pid_t *pid)
{
    char *top = scratch->stack + sizeof scratch->stack; /* it grows downwards */
    birth->code = 0;
    *pid = clone(become_command, top, CLONE_VM | CLONE_VFORK | SIGCHLD, birth);
    if (*pid < 0)
        return errno;
    if (birth->code != 0)
        while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    return birth->code;
}

/* Again for a while where the system has no process or memory to give. */
static int make_patiently(hone_spawn_scratch *scratch, struct birth *birth, pid_t *pid)
{
    enum { FIRST_MS = 10, LAST_MS = 320 };
    for (long wait_ms = FIRST_MS;; wait_ms *= 2) {
        int code = make_process(scratch, birth, pid);
        if ((code != EAGAIN && code != ENOMEM) || wait_ms > LAST_MS)
            return code;
        nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000}, NULL);
    }
}

int hone_keeper_spawn(hone_spawn_scratch *scratch, const hone_launch *launch,
                      const int fds[3], pid_t *pid)
{
    struct birth birth = {.workdir = launch->workdir != NULL ? launch->workdir
                                                             : launch->trial_dir,
                          .fds = fds};
    assert(fds[0] > 2 && fds[1] > 2 && fds[2] > 2);
    sigemptyset(&birth.no_signals);
    int code = build_env(scratch, launch);
    if (code == 0)
        code = build_args(scratch, launch);
    if (code == 0)
        code = find_program(scratch, birth.workdir, &birth.program);
    birth.args = scratch->args;
    birth.env = scratch->env;
    return code == 0 ? make_patiently(scratch, &birth, pid) : code;
}

void hone_spawn_scratch_release(hone_spawn_scratch *scratch)
{
    free(scratch->env);
    free(scratch->args);
    free(scratch->path);
    for (size_t i = 0; i < sizeof scratch->vars / sizeof scratch->vars[0]; i++)
        free(scratch->vars[i]);
    memset(scratch, 0, sizeof *scratch);
}

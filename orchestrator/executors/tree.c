/* Finding processes by their parents.
 *
 * The kernel lists the children of a thread in /proc/PID/task/TID/children where it was
 * built with CONFIG_PROC_CHILDREN; elsewhere all of /proc is read once and searched by
 * parent. Only direct children are safe from pid reuse (nobody else waits for them),
 * which is why SIGKILL goes to those alone, level by level; SIGTERM wants everybody at
 * once. */
#include "executors/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

struct process {
    pid_t pid, parent, session;
    bool marked;
};

struct pids {
    pid_t *list;
    size_t n, cap;
};

static bool add_pid(struct pids *pids, pid_t pid)
{
    if (pids->n == pids->cap) {
        size_t cap = pids->cap == 0 ? 64 : pids->cap * 2;
        pid_t *list = realloc(pids->list, cap * sizeof *list);
        if (list == NULL)
            return false;
        pids->list = list;
        pids->cap = cap;
    }
    pids->list[pids->n++] = pid;
    return true;
}

/* The whole of a small file; its length, or -1. `*text` is the caller's to free. */
static ssize_t read_whole(const char *path, char **text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t len = 0, cap = 4096;
    char *data = malloc(cap + 1);
    ssize_t n = -1;
    while (data != NULL && (n = read(fd, data + len, cap - len)) > 0) {
        len += (size_t)n;
        if (len < cap)
            continue;
        cap *= 2;
        char *more = realloc(data, cap + 1);
        if (more == NULL)
            break;
        data = more;
    }
    close(fd);
    if (data == NULL || n != 0) {
        free(data);
        return -1;
    }
    data[len] = '\0';
    *text = data;
    return (ssize_t)len;
}

/* Adds the children of one thread; false where the kernel has no such list. */
static bool add_listed(struct pids *pids, pid_t pid, pid_t thread)
{
    char path[80];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)thread);
    char *text;
    if (read_whole(path, &text) < 0)
        return false;
    for (char *at = text, *end; *at != '\0'; at = end) {
        long child = strtol(at, &end, 10);
        if (end == at)
            break;
        if (child > 0)
            (void)add_pid(pids,
                          (pid_t)child); /* without memory: the next round finds it */
        end += *end == ' ';
    }
    free(text);
    return true;
}

static bool add_children(struct pids *pids, pid_t pid)
{
    if (pid == getpid())
        return add_listed(pids, pid, pid); /* the keeper has one thread */
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return true; /* it has ended */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]))
            (void)add_listed(pids, pid, (pid_t)strtol(entry->d_name, NULL, 10));
    closedir(dir);
    return true;
}

/* Parent and session of a process, from its stat line: PID (NAME) STATE PPID PGRP SID.
 * The name may hold anything, also parentheses and spaces. False once it has ended. */
static bool read_stat(struct process *process)
{
    char path[64], *text;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process->pid);
    if (read_whole(path, &text) < 0)
        return false;
    const char *name_end = strrchr(text, ')');
    int parent = 0, session = 0;
    char state = 'Z';
    bool whole = name_end != NULL &&
                 sscanf(name_end + 1, " %c %d %*d %d", &state, &parent, &session) == 3;
    free(text);
    process->parent = parent;
    process->session = session;
    return whole && state != 'Z' && state != 'X';
}

/* All processes that have not ended; NULL without memory or /proc. */
static struct process *read_processes(size_t *n)
{
    DIR *dir = opendir("/proc");
    struct process *all = NULL;
    size_t cap = 0;
    *n = 0;
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (*n == cap) {
            cap = cap == 0 ? 256 : cap * 2;
            struct process *more = realloc(all, cap * sizeof *all);
            if (more == NULL)
                break;
            all = more;
        }
        all[*n] = (struct process){.pid = (pid_t)strtol(entry->d_name, NULL, 10)};
        *n += read_stat(&all[*n]);
    }
    if (dir != NULL)
        closedir(dir);
    return all;
}

/* Without the kernel's lists: the children of `pid` among all processes. */
static void add_scanned(struct pids *pids, const struct process *all, size_t n, pid_t pid)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].parent == pid)
            (void)add_pid(pids, all[i].pid);
}

enum depth { CHILDREN, DESCENDANTS };

static struct pids find_descendants(enum depth depth)
{
    struct pids pids = {.list = NULL};
    if (add_children(&pids, getpid())) {
        for (size_t i = 0; depth == DESCENDANTS && i < pids.n; i++)
            add_children(&pids, pids.list[i]);
        return pids;
    }
    size_t n;
    struct process *all = read_processes(&n);
    add_scanned(&pids, all, n, getpid());
    for (size_t i = 0; depth == DESCENDANTS && i < pids.n; i++)
        add_scanned(&pids, all, n, pids.list[i]);
    free(all);
    return pids;
}

void hone_tree_terminate(pid_t pgid)
{
    struct pids pids = find_descendants(DESCENDANTS);
    kill(-pgid, SIGTERM);
    kill(-pgid, SIGCONT);
    for (size_t i = 0; i < pids.n; i++) {
        if (getpgid(pids.list[i]) == pgid)
            continue; /* a second SIGTERM means "at once" to some programs */
        kill(pids.list[i], SIGTERM);
        kill(pids.list[i], SIGCONT);
    }
    free(pids.list);
}

void hone_tree_kill(pid_t pgid)
{
    struct pids pids = find_descendants(CHILDREN);
    bool group_lives = false;
    for (size_t i = 0; i < pids.n; i++)
        group_lives |= getpgid(pids.list[i]) == pgid;
    /* At once for the whole group: a process that forks without end cannot outrun it. */
    if (group_lives)
        kill(-pgid, SIGKILL);
    for (size_t i = 0; i < pids.n; i++)
        kill(pids.list[i], SIGKILL);
    free(pids.list);
}

/* Pages from /proc/PID/statm: SIZE RESIDENT SHARED. Zeros once it has ended. */
static void read_pages(pid_t pid, uint64_t *resident, uint64_t *shared)
{
    char path[64], *text;
    unsigned long long pages[2] = {0, 0};
    *resident = *shared = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (read_whole(path, &text) < 0)
        return;
    if (sscanf(text, "%*u %llu %llu", &pages[0], &pages[1]) == 2) {
        *resident = pages[0];
        *shared = pages[1] < pages[0] ? pages[1] : pages[0];
    }
    free(text);
}

/* "\nNAME:  123 kB" in bytes; false where there is no such line. */
static bool find_size(const char *text, const char *name, uint64_t *bytes)
{
    unsigned long long kib;
    const char *line = strstr(text, name);
    if (line == NULL || sscanf(line + strlen(name), " %llu", &kib) != 1)
        return false;
    *bytes = (uint64_t)kib * 1024;
    return true;
}

/* Its own pages and its part of shared ones; without the kernel's sum (before Linux 4.14,
 * or of another user's process) its own pages alone. */
static uint64_t measure_own(pid_t pid, uint64_t page)
{
    char path[64], *text;
    uint64_t anonymous, memory_files, all;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    if (read_whole(path, &text) < 0) {
        uint64_t resident, shared;
        read_pages(pid, &resident, &shared);
        return (resident - shared) * page;
    }
    if (find_size(text, "\nPss_Anon:", &anonymous) &&
        find_size(text, "\nPss_Shmem:", &memory_files))
        all = anonymous + memory_files;
    else if (!find_size(text, "\nPss:", &all))
        all = 0;
    free(text);
    return all;
}

uint64_t hone_tree_memory(hone_tree_measure measure)
{
    struct pids pids = find_descendants(DESCENDANTS);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), sum = 0;
    for (size_t i = 0; i < pids.n; i++) {
        uint64_t resident, shared;
        if (measure == HONE_TREE_OWN) {
            sum += measure_own(pids.list[i], page);
        } else {
            read_pages(pids.list[i], &resident, &shared);
            sum += resident * page;
        }
    }
    free(pids.list);
    return sum;
}

/* Whether one of its variables begins with the first `size` bytes of `tag`, which is the
 * whole variable where they include the NUL. */
static bool has_tag(pid_t pid, const char *tag, size_t size)
{
    char path[64], *text;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    ssize_t len = read_whole(path, &text);
    if (len < 0)
        return false;
    bool found = false;
    for (ssize_t i = 0; i < len && !found; i += (ssize_t)strlen(text + i) + 1)
        found = strncmp(text + i, tag, size) == 0;
    free(text);
    return found;
}

static bool belongs_to_marked(const struct process *all, size_t n,
                              const struct process *one)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].marked &&
            (one->parent == all[i].pid || one->session == all[i].session))
            return true;
    return false;
}

static size_t hunt_once(const char *tag)
{
    size_t n, n_marked = 0;
    pid_t own = getsid(0);
    struct process *all = read_processes(&n);
    for (size_t i = 0; i < n; i++) {
        all[i].marked =
            all[i].session != own && has_tag(all[i].pid, tag, strlen(tag) + 1);
        n_marked += all[i].marked;
    }
    for (size_t before = 0; before != n_marked;) {
        before = n_marked;
        for (size_t i = 0; i < n; i++) {
            if (all[i].marked || all[i].session == own ||
                !belongs_to_marked(all, n, &all[i]))
                continue;
            all[i].marked = true;
            n_marked++;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (all[i].marked)
            kill(all[i].pid, SIGKILL);
    free(all);
    return n_marked;
}

bool hone_tree_tagged(const char *tag)
{
    size_t n;
    pid_t own = getsid(0);
    bool found = false;
    struct process *all = read_processes(&n);
    for (size_t i = 0; i < n && !found; i++)
        found = all[i].session != own && has_tag(all[i].pid, tag, strlen(tag));
    free(all);
    return found;
}

size_t hone_tree_hunt(const char *tag)
{
    enum { ROUNDS = 500 };
    size_t left = hunt_once(tag);
    for (int i = 0; i < ROUNDS && left > 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        left = hunt_once(tag);
    }
    return left;
}

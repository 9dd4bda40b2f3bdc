/* What a keeper does to files: the slot's small files, rewritten in place, and the folder
 * of a trial.
 *
 *   open  (enter leave)*  close
 *
 * The folder pair lives in one of two places: at the trial's path while the attempt runs,
 * and as .spare-K beside it in between. It must not wait at the path of a trial that has
 * ended: that trial may run again, in another slot. */
#include "executors/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* A modification time that the clock of no machine in use shows. */
static const struct timespec untouched = {.tv_sec = 1, .tv_nsec = 0};

static void stamp_folder(const char *path)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, untouched};
    /* Where it fails the folder is looked into at the end instead. */
    (void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

static int join_path(char out[static HONE_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, HONE_PATH_MAX, "%s/%s", dir, name);
    return n >= 0 && n < HONE_PATH_MAX ? 0 : ENAMETOOLONG;
}

int hone_files_open(hone_slot_files *files)
{
    files->dir = open(files->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    files->params = files->yaml = files->args = -1;
    return files->dir < 0 ? errno : 0;
}

/* Makes `*fd` name's present file; programs may have removed or replaced it. */
static int open_in_place(int dir, const char *name, int *fd, off_t *size)
{
    struct stat status;
    if (*fd >= 0 && fstat(*fd, &status) == 0 && status.st_nlink > 0) {
        *size = status.st_size;
        return 0;
    }
    if (*fd >= 0)
        close(*fd);
    *fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (*fd < 0 && (errno == ELOOP || errno == EISDIR)) {
        (void)unlinkat(dir, name, errno == EISDIR ? AT_REMOVEDIR : 0);
        *fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    }
    if (*fd < 0 || fstat(*fd, &status) != 0)
        return errno;
    *size = status.st_size;
    return 0;
}

/* Overwrites a file; NULL leaves it alone. Returns 0 or errno. */
static int write_in_place(int dir, const char *name, int *fd, const char *text)
{
    off_t size = 0;
    if (text == NULL)
        return 0;
    int code = open_in_place(dir, name, fd, &size);
    if (code != 0)
        return code;
    size_t len = strlen(text);
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(*fd, text + done, len - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        done += (size_t)n;
    }
    return size > (off_t)len && ftruncate(*fd, (off_t)len) != 0 ? errno : 0;
}

/* Learns where the spare folder is kept: beside the first trial's. What a keeper that was
 * killed left there is removed. */
static int find_spare_place(hone_slot_files *files, const char *trial_dir)
{
    hone_trial_folder *trial = &files->trial;
    const char *slash = strrchr(trial_dir, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - trial_dir);
    int n = snprintf(trial->spare, sizeof trial->spare, "%.*s/.spare-%u", (int)len,
                     trial_dir, (unsigned)files->folder);
    if (n < 0 || n >= HONE_PATH_MAX - 16)
        return ENAMETOOLONG;
    trial->has_spare = true;
    hone_files_close(files);
    return 0;
}

int hone_files_make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    char parent[HONE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (errno != ENOENT || slash == NULL)
        return errno;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    (void)mkdir(parent, 0777);
    return mkdir(path, 0777) == 0 ? 0 : errno;
}

static int make_pair(hone_trial_folder *trial, const char *checkpoint)
{
    struct stat status;
    int made = hone_files_make_folder(trial->path);
    if (made != 0 && made != EEXIST)
        return made;
    int inner = mkdir(checkpoint, 0777) == 0 ? 0 : errno;
    if (inner != 0 && inner != EEXIST)
        return inner;
    trial->stamped = made == 0 && inner == 0 && stat(trial->path, &status) == 0;
    if (trial->stamped) {
        trial->mode = status.st_mode;
        stamp_folder(trial->path);
        stamp_folder(checkpoint);
    }
    return 0;
}

static int enter_folder(hone_slot_files *files, const char *trial_dir)
{
    hone_trial_folder *trial = &files->trial;
    char checkpoint[HONE_PATH_MAX];
    if (strlen(trial_dir) >= HONE_PATH_MAX ||
        join_path(checkpoint, trial_dir, "checkpoint") != 0)
        return ENAMETOOLONG;
    int code = trial->spare[0] == '\0' ? find_spare_place(files, trial_dir) : 0;
    if (code != 0)
        return code;
    memcpy(trial->path, trial_dir, strlen(trial_dir) + 1);
    /* Onto an empty folder this works as well, onto one with a checkpoint it does not. */
    if (trial->has_spare && rename(trial->spare, trial->path) == 0) {
        trial->has_spare = false;
        trial->stamped = true;
        return 0;
    }
    if (trial->has_spare && errno == ENOENT)
        trial->has_spare = false;
    return make_pair(trial, checkpoint);
}

int hone_files_enter(hone_slot_files *files, const hone_launch *launch)
{
    files->trial.path[0] = '\0';
    int code =
        write_in_place(files->dir, "params.json", &files->params, launch->params_json);
    if (code == 0)
        code =
            write_in_place(files->dir, "config.yaml", &files->yaml, launch->wandb_yaml);
    if (code == 0)
        code = write_in_place(files->dir, "args.json", &files->args, launch->args_json);
    return code == 0 ? enter_folder(files, launch->trial_dir) : code;
}

static bool is_untouched(const char *path, mode_t mode)
{
    struct stat status;
    return lstat(path, &status) == 0 && status.st_mode == mode &&
           status.st_mtim.tv_sec == untouched.tv_sec &&
           status.st_mtim.tv_nsec == untouched.tv_nsec;
}

/* Whether a folder holds nothing, but for `allowed` (or NULL). */
static bool holds_nothing(const char *path, const char *allowed)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return errno == ENOENT;
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(dir)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                (allowed != NULL && strcmp(entry->d_name, allowed) == 0);
    closedir(dir);
    return empty;
}

bool hone_files_trial_empty(const char *trial_dir)
{
    char checkpoint[HONE_PATH_MAX];
    return join_path(checkpoint, trial_dir, "checkpoint") == 0 &&
           holds_nothing(trial_dir, "checkpoint") && holds_nothing(checkpoint, NULL);
}

static void remove_pair(const char *path, const char *checkpoint)
{
    /* What has meanwhile got something in it stays, as it should. */
    (void)rmdir(checkpoint);
    (void)rmdir(path);
}

/* A folder that stays has an honest modification time. */
static void unstamp_folder(const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0 && is_untouched(path, status.st_mode))
        (void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
}

static void leave_folder(hone_slot_files *files, hone_exit *end)
{
    hone_trial_folder *trial = &files->trial;
    char checkpoint[HONE_PATH_MAX];
    if (join_path(checkpoint, trial->path, "checkpoint") != 0)
        return;
    if (trial->stamped && is_untouched(trial->path, trial->mode) &&
        is_untouched(checkpoint, trial->mode)) {
        if (!trial->has_spare && rename(trial->path, trial->spare) == 0)
            trial->has_spare = true;
        else
            remove_pair(trial->path, checkpoint);
        return;
    }
    end->has_trial_dir = !hone_files_trial_empty(trial->path);
    if (end->has_trial_dir) {
        unstamp_folder(trial->path);
        unstamp_folder(checkpoint);
    } else {
        remove_pair(trial->path, checkpoint);
    }
}

bool hone_files_move_metrics(int slot_fd, const char *trial_dir)
{
    struct stat status;
    char to[HONE_PATH_MAX];
    if (fstatat(slot_fd, "metrics.jsonl", &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    bool wanted = S_ISREG(status.st_mode) && status.st_size > 0;
    if (wanted && join_path(to, trial_dir, "metrics.jsonl") == 0) {
        if (renameat(slot_fd, "metrics.jsonl", AT_FDCWD, to) == 0)
            return true;
        if (errno == ENOENT && hone_files_make_folder(trial_dir) == 0 &&
            renameat(slot_fd, "metrics.jsonl", AT_FDCWD, to) == 0)
            return true;
    }
    if (unlinkat(slot_fd, "metrics.jsonl", 0) != 0)
        (void)unlinkat(slot_fd, "metrics.jsonl", AT_REMOVEDIR);
    return false;
}

void hone_files_leave(hone_slot_files *files, hone_exit *end)
{
    if (files->trial.path[0] == '\0')
        return; /* it was not entered */
    end->has_metrics_file = hone_files_move_metrics(files->dir, files->trial.path);
    leave_folder(files, end);
}

void hone_files_close(hone_slot_files *files)
{
    hone_trial_folder *trial = &files->trial;
    char checkpoint[HONE_PATH_MAX];
    if (!trial->has_spare)
        return;
    trial->has_spare = false;
    if (join_path(checkpoint, trial->spare, "checkpoint") == 0)
        remove_pair(trial->spare, checkpoint);
}

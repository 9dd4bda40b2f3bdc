/* What attempts print: see hone_output in keeper.h for where it goes and why.
 *
 *   open  (begin  pump*  put_away | drop)*  close
 *
 * From the pipe to the file it goes with splice, which copies it once, within the kernel,
 * and leaves in the pipe what the disk has no space for. Where the file system cannot do
 * that, it is read and written. The pipe of an attempt that fills it is made larger, so
 * that one wake-up serves more of it: for all of them that would use up what a user may
 * have in pipes. */
#include "executors/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

enum {
    SHORT_MAX = 64 * 1024,   /* bytes; longer output keeps its own file */
    PIPE_BYTES = 256 * 1024, /* asked for; more bytes each time the keeper wakes */
    WIDE_BYTES = 1024 * 1024 /* asked for where that is filled; anybody may have it */
};

static int now_name(char name[static 32], const hone_output *output)
{
    return snprintf(name, 32, "%s.now", output->name);
}

static int open_now(hone_output *output, int slot_fd)
{
    char name[32];
    now_name(name, output);
    output->now_fd =
        openat(slot_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    return output->now_fd < 0 ? errno : 0;
}

static int open_pipe(hone_output *output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    output->read_fd = ends[0];
    output->write_fd = ends[1];
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* a user may have too many of them */
    return 0;
}

int hone_output_open(hone_output *output, int slot_fd, const char *name)
{
    struct stat status;
    output->name = name;
    output->read_fd = output->write_fd = output->now_fd = -1;
    output->held = output->written = 0;
    output->size = 0;
    output->blocked = output->wide = output->copies = false;
    output->log_fd = openat(slot_fd, name,
                            O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (output->log_fd < 0 || fstat(output->log_fd, &status) != 0)
        return errno;
    output->end = (uint64_t)status.st_size;
    int code = open_now(output, slot_fd);
    return code == 0 ? open_pipe(output) : code;
}

void hone_output_close(hone_output *output)
{
    if (output->log_fd >= 0)
        close(output->log_fd);
    if (output->now_fd >= 0)
        close(output->now_fd);
    if (output->read_fd >= 0)
        close(output->read_fd);
    if (output->write_fd >= 0)
        close(output->write_fd);
}

int hone_output_begin(hone_output *output, int slot_fd)
{
    struct stat status;
    int code = output->now_fd < 0 ? open_now(output, slot_fd) : 0;
    if (code == 0 && fstat(output->now_fd, &status) != 0)
        code = errno;
    if (code == 0 && status.st_nlink == 0) { /* somebody has removed it */
        close(output->now_fd);
        code = open_now(output, slot_fd);
        status.st_size = 1; /* or replaced it */
    }
    if (code == 0 && status.st_size > 0 && ftruncate(output->now_fd, 0) != 0)
        code = errno;
    /* Some programs make their output non-blocking, and the next one, which is given the
     * same pipe, would lose what it prints. */
    if (code == 0 && fcntl(output->write_fd, F_SETFL, 0) != 0)
        code = errno;
    if (output->wide)
        (void)fcntl(output->write_fd, F_SETPIPE_SZ, PIPE_BYTES);
    output->held = output->written = 0;
    output->size = 0;
    output->blocked = output->wide = false;
    return code;
}

static bool is_full(int code)
{
    return code == ENOSPC || code == EDQUOT;
}

/* Writes what is held. What can never be written (EFBIG, EIO) is given up. Returns 0, or
 * the errno of a full disk. */
static int flush_held(hone_output *output)
{
    while (output->written < output->held) {
        ssize_t n = pwrite(output->now_fd, output->bytes + output->written,
                           output->held - output->written, output->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && is_full(errno))
            return errno;
        if (n <= 0)
            break;
        output->written += (size_t)n;
        output->size += n;
    }
    output->held = output->written = 0;
    return 0;
}

/* Takes a part from the pipe into `bytes`: how many, 0 where there are none. */
static ssize_t take_part(hone_output *output)
{
    ssize_t n;
    do
        n = read(output->read_fd, output->bytes, sizeof output->bytes);
    while (n < 0 && errno == EINTR);
    return n > 0 ? n : 0;
}

/* Like move_part. */
static ssize_t copy_part(hone_output *output)
{
    ssize_t n = 0;
    if (output->held == 0) {
        n = take_part(output);
        output->held = (size_t)n;
    }
    size_t held = output->held;
    return flush_held(output) == 0 ? (ssize_t)held : -1;
}

/* Moves a part of what is in the pipe to the file: how many bytes, 0 where there are
 * none, -1 where the disk has no space for them. What can never be written is given up.
 */
static ssize_t move_part(hone_output *output)
{
    ssize_t n;
    if (output->copies)
        return copy_part(output);
    do
        n = splice(output->read_fd, NULL, output->now_fd, &output->size, WIDE_BYTES,
                   SPLICE_F_NONBLOCK);
    while (n < 0 && errno == EINTR);
    if (n >= 0 || errno == EAGAIN)
        return n > 0 ? n : 0;
    if (is_full(errno))
        return -1;
    output->copies = errno == EINVAL || errno == ENOSYS || errno == EPERM;
    return output->copies ? copy_part(output) : take_part(output);
}

static void widen_pipe(hone_output *output)
{
    (void)fcntl(output->write_fd, F_SETPIPE_SZ, WIDE_BYTES);
    output->wide = true; /* or as wide as it gets */
}

hone_pumped hone_output_pump(hone_output *output)
{
    enum { ROUNDS = 16 }; /* then others have a turn */
    size_t moved = 0;
    ssize_t n = 1;
    for (int i = 0; i < ROUNDS && n > 0; i++) {
        n = move_part(output);
        moved += n > 0 ? (size_t)n : 0;
    }
    if (moved >= PIPE_BYTES && !output->wide)
        widen_pipe(output);
    output->blocked = n < 0;
    if (n < 0)
        return HONE_PUMP_BLOCKED;
    return n > 0 ? HONE_PUMP_MORE : HONE_PUMP_EMPTY;
}

/* All writers have ended: what they wrote is in the pipe. */
static bool empty_pipe(hone_output *output)
{
    hone_pumped pumped;
    do
        pumped = hone_output_pump(output);
    while (pumped == HONE_PUMP_MORE);
    return pumped == HONE_PUMP_EMPTY;
}

static bool copy_all(int from, int to, size_t len)
{
    char bytes[SHORT_MAX];
    size_t got = 0, put = 0;
    while (got < len) {
        ssize_t n = pread(from, bytes + got, len - got, (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    while (put < len) {
        ssize_t n = write(to, bytes + put, len - put);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        put += (size_t)n;
    }
    return true;
}

/* Behind the earlier ones. Where the log cannot grow it is as it was. */
static bool append_short(hone_output *output, size_t len, hone_placed *placed)
{
    if (len > SHORT_MAX)
        return false;
    if (!copy_all(output->now_fd, output->log_fd, len)) {
        (void)ftruncate(output->log_fd, (off_t)output->end);
        return false;
    }
    *placed = (hone_placed){.start = output->end, .end = output->end + len, .done = true};
    output->end += len;
    return true;
}

/* A rename needs no space for what is in the file. */
static int move_whole(hone_output *output, int slot_fd, const hone_start_record *start)
{
    char name[32], path[HONE_PATH_MAX];
    now_name(name, output);
    int n = snprintf(path, sizeof path, "%s/%s.%u", start->trial_dir, output->name,
                     (unsigned)start->attempt);
    if (n < 0 || n >= HONE_PATH_MAX || start->trial_dir[0] == '\0')
        return ENAMETOOLONG;
    if (renameat(slot_fd, name, AT_FDCWD, path) == 0)
        return 0;
    if (errno != ENOENT || hone_files_make_folder(start->trial_dir) != 0)
        return errno;
    return renameat(slot_fd, name, AT_FDCWD, path) == 0 ? 0 : errno;
}

int hone_output_put_away(hone_output *output, int slot_fd, const hone_start_record *start,
                         hone_placed *placed)
{
    struct stat status;
    if (!empty_pipe(output))
        return ENOSPC;
    bool known = output->now_fd >= 0 && fstat(output->now_fd, &status) == 0;
    if (!known || status.st_size == 0) {
        *placed = (hone_placed){.start = output->end, .end = output->end, .done = true};
        return 0;
    }
    if (append_short(output, (size_t)status.st_size, placed)) {
        (void)ftruncate(output->now_fd, 0); /* else `begin` does it, or says why not */
        return 0;
    }
    int code = move_whole(output, slot_fd, start);
    if (is_full(code))
        return code;
    if (code != 0) {
        hone_output_drop(output, placed);
        return 0;
    }
    *placed = (hone_placed){.end = (uint64_t)status.st_size, .own = true, .done = true};
    close(output->now_fd);
    (void)open_now(output, slot_fd); /* else `begin` tries again */
    return 0;
}

void hone_output_drop(hone_output *output, hone_placed *placed)
{
    *placed = (hone_placed){.start = output->end, .end = output->end, .done = true};
    output->held = output->written = 0;
    output->blocked = false;
    while (take_part(output) > 0)
        continue;
    if (output->now_fd >= 0)
        (void)ftruncate(output->now_fd, 0);
}

void hone_outputs_tell(const hone_placed placed[2], hone_exit *end)
{
    end->stdout_start = placed[0].start;
    end->stdout_end = placed[0].end;
    end->own_stdout = placed[0].own;
    end->stderr_start = placed[1].start;
    end->stderr_end = placed[1].end;
    end->own_stderr = placed[1].own;
}

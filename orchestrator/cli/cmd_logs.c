/* hone logs: what a trial printed.
 *
 * The output of an attempt is a range of bytes of two files. While it runs it grows in a
 * file of the slot; when it has ended it is put away elsewhere, and the record says
 * where. What belongs to a running one is what the file held at a moment at which the
 * record still had it open: so the size is asked first, the record after it, and only
 * then is read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/target.h"

enum { BLOCK = 64 * 1024, POLL_MS = 200, MAX_PATH = 64 * 1024 };

/* One of the two outputs. */
struct stream {
    struct out out;
    bool wanted;
    hone_buf path;       /* absolute, or from where we are */
    int fd;              /* -1: not there yet */
    uint64_t start, end; /* of the range as recorded; end is UINT64_MAX while open */
    uint64_t shown;      /* bytes of the output that were copied */
    uint64_t size;       /* of the file, asked before the record */
};

struct logs {
    const struct target *target;
    uint32_t number; /* the attempt, 0: the last */
    bool follow;
    bool found;
    bool open;                /* the attempt has not ended */
    struct stream streams[2]; /* stdout, stderr */
};

/* Where the output lies now; another file than before is opened at the next look. */
static void take_stream(struct logs *logs, struct stream *stream, const char *path,
                        uint64_t start, uint64_t end)
{
    stream->start = start;
    stream->end = end;
    const char *dir =
        path == NULL || path[0] == '/' ? "" : hone_buf_text(&logs->target->dir);
    hone_buf wanted;
    hone_buf_init(&wanted, MAX_PATH);
    hone_buf_printf(&wanted, "%s%s%s", dir, dir[0] != '\0' ? "/" : "",
                    path != NULL ? path : "");
    if (strcmp(hone_buf_text(&wanted), hone_buf_text(&stream->path)) != 0) {
        if (stream->fd >= 0) {
            close(stream->fd);
        }
        stream->fd = -1;
        hone_buf_reset(&stream->path);
        hone_buf_puts(&stream->path, hone_buf_text(&wanted));
    }
    hone_buf_release(&wanted);
}

static int take_attempt(void *arg, const hone_attempt_info *attempt)
{
    struct logs *logs = arg;
    if (logs->number != 0 && attempt->number != logs->number) {
        return HONE_OK;
    }
    logs->found = true;
    logs->open = attempt->ended_at == HONE_NO_TIME;
    take_stream(logs, &logs->streams[0], attempt->stdout_path, attempt->stdout_start,
                attempt->stdout_end);
    take_stream(logs, &logs->streams[1], attempt->stderr_path, attempt->stderr_start,
                attempt->stderr_end);
    return HONE_OK;
}

static int take_number(void *arg, const hone_attempt_info *attempt)
{
    *(uint32_t *)arg = attempt->number;
    return HONE_OK;
}

/* The size of the file as it is now; a file that is not there has none. */
static void measure(struct stream *stream)
{
    struct stat info;
    if (stream->fd < 0) {
        stream->fd = open(hone_buf_text(&stream->path), O_RDONLY | O_CLOEXEC);
    }
    stream->size = stream->fd >= 0 && fstat(stream->fd, &info) == 0 && info.st_size > 0
                       ? (uint64_t)info.st_size
                       : 0;
}

/* Copies what belongs to the attempt and was not copied yet. */
static bool copy(struct stream *stream)
{
    char block[BLOCK];
    uint64_t until = stream->end < stream->size ? stream->end : stream->size;
    while (stream->fd >= 0 && stream->start + stream->shown < until) {
        uint64_t at = stream->start + stream->shown;
        size_t want = until - at < BLOCK ? (size_t)(until - at) : BLOCK;
        ssize_t got = pread(stream->fd, block, want, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        stream->shown += (uint64_t)got;
        if (stream->wanted && !hone_out_write(&stream->out, block, (size_t)got)) {
            return false;
        }
    }
    return !stream->wanted || hone_out_flush(&stream->out);
}

/* Nobody records the end of an attempt whose orchestrator is gone. */
static bool is_watched(struct logs *logs)
{
    const hone_sweep_info *info = NULL;
    hone_error ignored = {.code = 0};
    char uid[64];
    snprintf(uid, sizeof uid, "%s", logs->target->sweep->uid);
    if (hone_store_sweep(logs->target->store, uid, &info, &ignored) != HONE_OK ||
        info->live) {
        return true;
    }
    hone_say("nobody watches the trial any more; hone resume %s takes it up", info->name);
    return false;
}

static int query(struct logs *logs, hone_error *err)
{
    return hone_store_attempts(logs->target->store, logs->target->sweep->id,
                               logs->target->trial, take_attempt, logs, err);
}

/* One round: sizes, record, bytes. False once nobody wants more. */
static bool copy_round(struct logs *logs, int *rc, hone_error *err)
{
    measure(&logs->streams[0]);
    measure(&logs->streams[1]);
    *rc = query(logs, err);
    if (*rc == HONE_OK && !logs->open) {
        /* It ended meanwhile: the range is fixed, and all of it is in the file. */
        measure(&logs->streams[0]);
        measure(&logs->streams[1]);
    }
    return *rc == HONE_OK && copy(&logs->streams[0]) && copy(&logs->streams[1]);
}

static int begin(struct logs *logs, hone_error *err)
{
    if (logs->number == 0) {
        int rc =
            hone_store_attempts(logs->target->store, logs->target->sweep->id,
                                logs->target->trial, take_number, &logs->number, err);
        if (rc != HONE_OK) {
            return rc;
        }
    }
    int rc = query(logs, err);
    if (rc == HONE_OK && !logs->found) {
        return hone_error_set(err, HONE_ENOTFOUND, "trial %s/%llu has no attempt%s",
                              logs->target->sweep->name,
                              (unsigned long long)logs->target->trial,
                              logs->number != 0 ? " of this number" : " yet");
    }
    return rc;
}

static int print_logs(struct logs *logs)
{
    hone_error err = {.code = 0};
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    int rc = begin(logs, &err);
    while (rc == HONE_OK && copy_round(logs, &rc, &err) && logs->follow && logs->open &&
           is_watched(logs)) {
        nanosleep(&pause, NULL);
    }
    return rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc);
}

static int run_logs(const struct target *target, const struct args *args)
{
    bool both = hone_args_has(args, "stdout") == hone_args_has(args, "stderr");
    struct logs logs = {.target = target,
                        .follow = hone_args_has(args, "follow"),
                        .number = (uint32_t)hone_args_count(args, "attempt", 0)};
    logs.streams[0].wanted = both || hone_args_has(args, "stdout");
    logs.streams[1].wanted = both || hone_args_has(args, "stderr");
    for (int i = 0; i < 2; i++) {
        struct stream *stream = &logs.streams[i];
        stream->fd = -1;
        stream->out = (struct out){.file = i == 0 ? stdout : stderr,
                                   .name = i == 0 ? "standard output" : "standard error"};
        hone_buf_init(&stream->path, MAX_PATH);
    }
    int status = print_logs(&logs);
    for (int i = 0; i < 2; i++) {
        struct stream *stream = &logs.streams[i];
        hone_buf_release(&stream->path);
        if (stream->fd >= 0) {
            close(stream->fd);
        }
    }
    return hone_out_close(&logs.streams[0].out, status);
}

static int run(const struct args *args)
{
    struct target target;
    int status = hone_target_open_trial(&target, args);
    if (status == EXIT_DONE) {
        status = run_logs(&target, args);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "follow",
     .letter = 'f',
     .type = HONE_OPTION_FLAG,
     .text = "go on with what a running trial prints, until it ends"},
    {.name = "stdout", .type = HONE_OPTION_FLAG, .text = "its standard output alone"},
    {.name = "stderr", .type = HONE_OPTION_FLAG, .text = "its standard error alone"},
    {.name = "attempt",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 4e9,
     .placeholder = "N",
     .text = "of attempt N; default: the last"},
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_logs = {
    .name = "logs",
    .synopsis = "TRIAL",
    .summary = "what a trial printed",
    .options = options_table,
    .operands = OPERAND_TRIAL,
    .min_operands = 1,
    .max_operands = 1,
    .details = "What the trial wrote to standard output goes to standard output, what it "
               "wrote to standard error to standard error, byte by byte.",
    .run = run};

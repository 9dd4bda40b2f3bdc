/* Follows the files that the attempts of one slot write. */
#include "engine/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

static hone_source source_of(uint32_t file)
{
    switch (file) {
    case HONE_TAIL_STDOUT:
        return HONE_FROM_STDOUT;
    case HONE_TAIL_STDERR:
        return HONE_FROM_STDERR;
    case HONE_TAIL_METRICS:
        return HONE_FROM_METRICS_FILE;
    default:
        return HONE_FROM_FILE;
    }
}

/* Rules that read the same file share it. */
static bool names_new_file(const hone_rule *rules, uint32_t i)
{
    if (rules[i].from != HONE_FROM_FILE)
        return false;
    for (uint32_t k = 0; k < i; k++) {
        if (rules[k].from == HONE_FROM_FILE && strcmp(rules[k].file, rules[i].file) == 0)
            return false;
    }
    return true;
}

void hone_tail_init(hone_tail *tail, hone_extractor *extractor, const hone_rule *rules,
                    uint32_t n_rules)
{
    *tail = (hone_tail){.extractor = extractor, .rules = rules, .n_rules = n_rules};
}

/* Most slots of a sweep are never used, so that its first attempt brings a tail's files.
 */
static int make_files(hone_tail *tail)
{
    if (tail->files != NULL)
        return HONE_OK;
    tail->files =
        calloc(HONE_TAIL_FIRST_FILE + (size_t)tail->n_rules, sizeof(*tail->files));
    if (tail->files == NULL)
        return HONE_ENOMEM;
    tail->n_files = HONE_TAIL_FIRST_FILE;
    for (uint32_t i = 0; i < tail->n_rules; i++)
        tail->n_files += names_new_file(tail->rules, i);
    for (uint32_t i = 0; i < tail->n_files; i++)
        tail->files[i].fd = -1;
    return HONE_OK;
}

static void close_file(hone_tail_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

void hone_tail_release(hone_tail *tail)
{
    for (uint32_t i = 0; i < tail->n_files; i++) {
        close_file(&tail->files[i]);
        hone_stream_release(&tail->files[i].stream);
        free(tail->files[i].path);
    }
    free(tail->files);
    *tail = (hone_tail){0};
}

/* Names the file of an output; the same path again keeps it open. */
static int name_file(hone_tail *tail, uint32_t index, const char *dir, const char *name)
{
    hone_tail_file *file = &tail->files[index];
    size_t dir_len = strlen(dir), len = dir_len + 1 + strlen(name);
    if (file->path != NULL && strlen(file->path) == len &&
        memcmp(file->path, dir, dir_len) == 0 &&
        strcmp(file->path + dir_len + 1, name) == 0)
        return HONE_OK;
    char *path = malloc(len + 1);
    if (path == NULL)
        return HONE_ENOMEM;
    snprintf(path, len + 1, "%s/%s", dir, name);
    free(file->path);
    file->path = path;
    close_file(file);
    return HONE_OK;
}

/* Failures that lie in the machine, not in the file: the same may succeed later. */
static bool is_passing(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO ||
           error == ESTALE || error == ETIMEDOUT;
}

/* Returns 1, 0 for a file that is not there (it may come) or is none, or HONE_EIO. */
static int open_file(hone_tail *tail, hone_tail_file *file)
{
    if (file->fd < 0 && file->path != NULL)
        file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd >= 0 || file->path == NULL || !is_passing(errno))
        return file->fd >= 0;
    tail->failed_path = file->path;
    tail->failed_errno = errno;
    return HONE_EIO;
}

static void begin_file(hone_tail *tail, uint32_t index, const char *rule_file,
                       uint64_t read)
{
    hone_tail_file *file = &tail->files[index];
    hone_stream_release(&file->stream);
    hone_stream_init(&file->stream, tail->extractor, source_of(index), rule_file, read);
    file->base = 0;
    file->limit = UINT64_MAX;
    file->live = true;
    file->recall = read > 0;
}

static int begin_rule_files(hone_tail *tail, const char *trial_dir)
{
    uint32_t index = HONE_TAIL_FIRST_FILE;
    for (uint32_t i = 0; i < tail->n_rules; i++) {
        if (!names_new_file(tail->rules, i))
            continue;
        close_file(&tail->files[index]);
        if (name_file(tail, index, trial_dir, tail->rules[i].file) != HONE_OK)
            return HONE_ENOMEM;
        begin_file(tail, index, tail->rules[i].file, 0);
        index++;
    }
    return HONE_OK;
}

int hone_tail_begin(hone_tail *tail, const hone_tail_start *start)
{
    int rc = start->slot_dir != NULL ? make_files(tail) : HONE_ENOMEM;
    if (rc == HONE_OK)
        rc = name_file(tail, HONE_TAIL_STDOUT, start->slot_dir, "stdout.now");
    if (rc == HONE_OK)
        rc = name_file(tail, HONE_TAIL_STDERR, start->slot_dir, "stderr.now");
    if (rc == HONE_OK)
        rc = name_file(tail, HONE_TAIL_METRICS, start->slot_dir, "metrics.jsonl");
    if (rc != HONE_OK)
        return rc;
    tail->failing_since = 0;
    tail->held = true;
    begin_file(tail, HONE_TAIL_STDOUT, NULL, start->stdout_read);
    begin_file(tail, HONE_TAIL_STDERR, NULL, start->stderr_read);
    begin_file(tail, HONE_TAIL_METRICS, NULL, start->metrics_read);
    /* Each attempt makes a metrics file of its own. */
    close_file(&tail->files[HONE_TAIL_METRICS]);
    return begin_rule_files(tail, start->trial_dir);
}

void hone_tail_started(hone_tail *tail)
{
    tail->held = false;
}

/* Where the output lies now that it is put away. */
typedef struct output_place {
    const char *name;
    uint64_t start, end;
    bool own;
} output_place;

static int finish_output(hone_tail *tail, uint32_t index, const hone_tail_start *start,
                         const output_place *place, uint32_t attempt)
{
    hone_tail_file *file = &tail->files[index];
    char own[64];
    file->limit = place->end - place->start;
    if (file->stream.offset >= file->limit && !place->own)
        return HONE_OK; /* read while it ran: the open file serves the next attempt, too
                         */
    file->base = (int64_t)place->start;
    if (!place->own)
        return name_file(tail, index, start->slot_dir, place->name);
    snprintf(own, sizeof(own), "%s.%u", place->name, attempt);
    return name_file(tail, index, start->trial_dir, own);
}

int hone_tail_finish(hone_tail *tail, const hone_tail_start *start, const hone_exit *exit)
{
    const output_place out = {"stdout", exit->stdout_start, exit->stdout_end,
                              exit->own_stdout};
    const output_place err = {"stderr", exit->stderr_start, exit->stderr_end,
                              exit->own_stderr};
    tail->held = false;
    int rc = start->slot_dir != NULL
                 ? finish_output(tail, HONE_TAIL_STDOUT, start, &out, exit->attempt)
                 : HONE_ENOMEM;
    if (rc == HONE_OK)
        rc = finish_output(tail, HONE_TAIL_STDERR, start, &err, exit->attempt);
    hone_tail_file *metrics = &tail->files[HONE_TAIL_METRICS];
    if (!exit->has_metrics_file)
        metrics->limit = metrics->stream.offset; /* spares looking for it */
    else if (metrics->fd < 0 &&
             rc == HONE_OK) /* an open one is followed to its new name */
        rc = name_file(tail, HONE_TAIL_METRICS, start->trial_dir, "metrics.jsonl");
    return rc;
}

/* What stands before the place where reading goes on: steps and headers of tables hold
 * for what follows. */
static int recall(hone_tail_file *file, const hone_tail_reader *reader)
{
    file->recall = false;
    uint64_t offset = file->stream.offset;
    size_t want = offset < HONE_TAIL_BLOCK ? (size_t)offset : HONE_TAIL_BLOCK;
    off_t from = (off_t)(file->base + (int64_t)(offset - want));
    ssize_t got = pread(file->fd, reader->block, want, from);
    if (got != (ssize_t)want)
        return HONE_OK; /* then what follows stands for itself */
    const char *start = reader->block;
    if (offset > want) { /* it began inside a line */
        const char *newline = memchr(start, '\n', want);
        start = newline == NULL ? reader->block + want : newline + 1;
    }
    return hone_stream_recall(&file->stream, start,
                              want - (size_t)(start - reader->block));
}

/* One block of one file. Returns the bytes read, 0 at its end for now. */
static int64_t read_block(hone_tail *tail, hone_tail_file *file,
                          const hone_tail_reader *reader)
{
    if (!file->live || file->stream.offset >= file->limit)
        return 0;
    int opened = open_file(tail, file);
    if (opened <= 0)
        return opened;
    if (file->recall && recall(file, reader) != HONE_OK)
        return HONE_ENOMEM;
    uint64_t left = file->limit - file->stream.offset;
    size_t want = left < HONE_TAIL_BLOCK ? (size_t)left : HONE_TAIL_BLOCK;
    ssize_t got;
    do
        got = pread(file->fd, reader->block, want,
                    (off_t)(file->base + (int64_t)file->stream.offset));
    while (got < 0 && errno == EINTR);
    if (got < 0 && is_passing(errno)) {
        tail->failed_path = file->path;
        tail->failed_errno = errno;
        return HONE_EIO;
    }
    if (got <= 0)
        return 0;
    reader->source(reader->arg, file->stream.source);
    int rc = hone_stream_feed(&file->stream, reader->block, (size_t)got, reader->found,
                              reader->arg);
    return rc == HONE_OK ? got : rc;
}

/* One file, within what is left of the budget; 0 or an error. */
static int64_t read_file(hone_tail *tail, hone_tail_file *file,
                         const hone_tail_reader *reader, uint64_t budget, uint64_t *total)
{
    while (*total < budget) {
        int64_t got = read_block(tail, file, reader);
        if (got <= 0)
            return got;
        *total += (uint64_t)got;
    }
    return 0;
}

int64_t hone_tail_read(hone_tail *tail, const hone_tail_reader *reader, uint64_t budget,
                       bool *more)
{
    uint64_t total = 0;
    int64_t failed = 0;
    *more = false;
    if (tail->held)
        return 0;
    for (uint32_t i = 0; i < tail->n_files && failed != HONE_ENOMEM; i++) {
        int64_t rc = read_file(tail, &tail->files[i], reader, budget, &total);
        failed = rc < 0 ? rc : failed;
    }
    *more = total >= budget;
    if (failed != HONE_EIO)
        tail->failing_since = 0;
    else if (tail->failing_since == 0)
        tail->failing_since = uv_hrtime();
    return failed < 0 ? failed : (int64_t)total;
}

int hone_tail_end(hone_tail *tail, const hone_tail_reader *reader)
{
    int rc = HONE_OK;
    for (uint32_t i = 0; i < tail->n_files; i++) {
        hone_tail_file *file = &tail->files[i];
        if (!file->live)
            continue;
        reader->source(reader->arg, file->stream.source);
        int flushed = hone_stream_flush(&file->stream, reader->found, reader->arg);
        rc = rc != HONE_OK ? rc : flushed;
        hone_stream_release(&file->stream);
        file->live = false;
    }
    return rc;
}

/* Follows the files that the attempts of one slot write. */
#include "engine/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int hone_tail_init(hone_tail *tail, hone_extractor *extractor, const hone_rule *rules,
                   uint32_t n_rules)
{
    *tail = (hone_tail){.extractor = extractor, .rules = rules, .n_rules = n_rules};
    tail->files = calloc(HONE_TAIL_FIRST_FILE + (size_t)n_rules, sizeof(*tail->files));
    if (tail->files == NULL)
        return HONE_ENOMEM;
    tail->n_files = HONE_TAIL_FIRST_FILE;
    for (uint32_t i = 0; i < n_rules; i++)
        tail->n_files += names_new_file(rules, i);
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

int hone_tail_name(hone_tail *tail, uint32_t index, const char *path)
{
    hone_tail_file *file = &tail->files[index];
    if (file->path != NULL && strcmp(file->path, path) == 0)
        return HONE_OK;
    char *copy = strdup(path);
    if (copy == NULL)
        return HONE_ENOMEM;
    free(file->path);
    file->path = copy;
    close_file(file);
    return HONE_OK;
}

/* A file that is not there yet is no error: it may come. */
static bool open_file(hone_tail_file *file)
{
    if (file->fd < 0 && file->path != NULL)
        file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return file->fd >= 0;
}

uint64_t hone_tail_size(hone_tail *tail, uint32_t index)
{
    struct stat st;
    hone_tail_file *file = &tail->files[index];
    if (!open_file(file) || fstat(file->fd, &st) != 0)
        return 0;
    return (uint64_t)st.st_size;
}

static void begin_file(hone_tail *tail, uint32_t index, const char *rule_file,
                       uint64_t from)
{
    hone_tail_file *file = &tail->files[index];
    hone_stream_release(&file->stream);
    hone_stream_init(&file->stream, tail->extractor, source_of(index), rule_file, from);
    file->limit = UINT64_MAX;
    file->live = true;
}

static void begin_rule_files(hone_tail *tail, const char *trial_dir)
{
    uint32_t index = HONE_TAIL_FIRST_FILE;
    for (uint32_t i = 0; i < tail->n_rules; i++) {
        if (!names_new_file(tail->rules, i))
            continue;
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", trial_dir, tail->rules[i].file);
        close_file(&tail->files[index]);
        if (hone_tail_name(tail, index, path) == HONE_OK)
            begin_file(tail, index, tail->rules[i].file, 0);
        index++;
    }
}

void hone_tail_begin(hone_tail *tail, uint64_t stdout_from, uint64_t stderr_from,
                     uint64_t metrics_from, const char *trial_dir)
{
    begin_file(tail, HONE_TAIL_STDOUT, NULL, stdout_from);
    begin_file(tail, HONE_TAIL_STDERR, NULL, stderr_from);
    begin_file(tail, HONE_TAIL_METRICS, NULL, metrics_from);
    /* Each attempt makes a metrics file of its own. */
    close_file(&tail->files[HONE_TAIL_METRICS]);
    begin_rule_files(tail, trial_dir);
}

int hone_tail_finish(hone_tail *tail, const hone_exit *exit, const char *metrics_path)
{
    hone_tail_file *metrics = &tail->files[HONE_TAIL_METRICS];
    tail->files[HONE_TAIL_STDOUT].limit = exit->stdout_end;
    tail->files[HONE_TAIL_STDERR].limit = exit->stderr_end;
    if (!exit->has_metrics_file) {
        metrics->limit = metrics->stream.offset; /* spares looking for it */
        return HONE_OK;
    }
    /* An open descriptor follows the file to its new name. */
    return metrics->fd >= 0 ? HONE_OK
                            : hone_tail_name(tail, HONE_TAIL_METRICS, metrics_path);
}

/* One block of one file. Returns the bytes read, 0 at its end for now. */
static int64_t read_block(hone_tail_file *file, const hone_tail_reader *reader)
{
    if (!file->live || file->stream.offset >= file->limit || !open_file(file))
        return 0;
    uint64_t left = file->limit - file->stream.offset;
    size_t want = left < HONE_TAIL_BLOCK ? (size_t)left : HONE_TAIL_BLOCK;
    ssize_t got;
    do
        got = pread(file->fd, reader->block, want, (off_t)file->stream.offset);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got < 0 && errno != EISDIR ? HONE_EIO : 0;
    reader->source(reader->arg, file->stream.source);
    int rc = hone_stream_feed(&file->stream, reader->block, (size_t)got, reader->found,
                              reader->arg);
    return rc == HONE_OK ? got : rc;
}

int64_t hone_tail_read(hone_tail *tail, const hone_tail_reader *reader, uint64_t budget,
                       bool *more)
{
    uint64_t total = 0;
    *more = false;
    for (uint32_t i = 0; i < tail->n_files; i++) {
        for (;;) {
            if (total >= budget) {
                *more = true;
                return (int64_t)total;
            }
            int64_t got = read_block(&tail->files[i], reader);
            if (got < 0)
                return got;
            if (got == 0)
                break;
            total += (uint64_t)got;
        }
    }
    return (int64_t)total;
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

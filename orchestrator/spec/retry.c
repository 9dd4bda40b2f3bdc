/* `retries`, `retry_on` and `requeue_on`: what becomes of an attempt that failed. */
#include "spec/reader.h"

#include <string.h>

#include "base/banned.h"

enum { RETRIES_MAX = 1000 };

void hone_read_retries(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    uint64_t retries;
    if (!hone_read_count(reader, node, "retries", 0, &retries))
        return;
    if (retries > RETRIES_MAX)
        hone_read_error(reader, node, "retries is %.40s; %d is the limit", node->text,
                        RETRIES_MAX);
    else
        reader->spec->retry.retries = (uint32_t)retries;
}

/* An exit status, 1 to 255; false, and an error, for anything else. */
static bool read_status(hone_reader *reader, const hone_node *node, const char *what,
                        hone_statuses *statuses)
{
    uint64_t status;
    if (!hone_read_count(reader, node, what, 1, &status))
        return false;
    if (status > 255) {
        hone_read_error(reader, node, "%s has %.40s; an exit status is 1 to 255", what,
                        node->text);
        return false;
    }
    if (statuses->n == HONE_STATUSES_MAX) {
        hone_read_error(reader, node, "%s has more than %d exit statuses", what,
                        HONE_STATUSES_MAX);
        return false;
    }
    statuses->items[statuses->n++] = (uint8_t)status;
    return true;
}

/* Words for `retry_on`, each a bit of hone_retry.reasons. */
static const struct {
    const char *word;
    hone_reason reason;
} retry_words[] = {
    {"exit", HONE_REASON_EXIT},           {"signal", HONE_REASON_SIGNAL},
    {"timeout", HONE_REASON_TIMEOUT},     {"out-of-memory", HONE_REASON_OUT_OF_MEMORY},
    {"no-metric", HONE_REASON_NO_METRIC}, {"not-found", HONE_REASON_NOT_FOUND},
    {"lost", HONE_REASON_LOST},
};

enum { N_RETRY_WORDS = sizeof(retry_words) / sizeof(retry_words[0]) };

static void read_retry_item(hone_reader *reader, const hone_node *node)
{
    hone_retry *retry = &reader->spec->retry;
    const char *words[N_RETRY_WORDS];
    if (node->kind == HONE_NODE_SCALAR && node->n > 0 && node->text[0] >= '0' &&
        node->text[0] <= '9') {
        (void)read_status(reader, node, "retry_on", &retry->statuses);
        return;
    }
    for (int i = 0; i < N_RETRY_WORDS; i++)
        words[i] = retry_words[i].word;
    int found = hone_read_choice(reader, node, "retry_on", words, N_RETRY_WORDS);
    if (found >= 0)
        retry->reasons |= HONE_REASON_BIT(retry_words[found].reason);
}

void hone_read_retry_on(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->spec->retry.reasons = 0;
    if (node->kind != HONE_NODE_LIST) {
        read_retry_item(reader, node);
        return;
    }
    for (uint32_t i = 0; i < node->n; i++)
        read_retry_item(reader, node->items[i]);
}

void hone_read_requeue_on(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    hone_statuses *statuses = &reader->spec->retry.requeue;
    if (node->kind != HONE_NODE_LIST) {
        (void)read_status(reader, node, "requeue_on", statuses);
        return;
    }
    for (uint32_t i = 0; i < node->n; i++)
        if (!read_status(reader, node->items[i], "requeue_on", statuses))
            return;
}

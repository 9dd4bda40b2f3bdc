/* The writer: see writer.h for the calls in order.
 *
 * Two queues: records are put into hub.filling; the thread takes it whole, in exchange
 * for an empty one, and writes what it took in transactions of at most PART_BYTES. While
 * one fsync runs, the next batch collects by itself. Only where one batch follows on the
 * heels of another does the thread wait a little for more (GATHER_US): a lone record is
 * on disk as soon as the disk allows, a stream of them costs one fsync for many. `hurry`
 * and `flush` end that wait.
 *
 * A failed transaction is rolled back and tried again with the same records: nothing is
 * dropped and the order stays. After an I/O error the connection is opened anew, and the
 * number of the last batch in the database tells what had become of it (recorder.h). */
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/lock.h"
#include "store/paths.h"
#include "store/writer_state.h"

#include "base/banned.h"

enum {
    GATHER_US = 5000,         /* wait for more where batches follow one another */
    GATHER_REMOTE_US = 50000, /* the same where an fsync takes that long anyway */
    PART_BYTES = 4 << 20,     /* of records in one transaction */
    BACKOFF_FIRST_MS = 100,
    BACKOFF_MAX_MS = 5000,
    RECORD_MAX = 256 << 20 /* bytes of one record */
};

/* ---- the hub ---- */

static int open_hub(hone_hub *hub)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return HONE_ENOMEM;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int rc = pthread_mutex_init(&hub->mutex, NULL);
    rc = rc != 0 ? rc : pthread_cond_init(&hub->wake, &attributes);
    rc = rc != 0 ? rc : pthread_cond_init(&hub->done, &attributes);
    pthread_condattr_destroy(&attributes);
    return rc == 0 ? HONE_OK : HONE_ENOMEM;
}

static void close_hub(hone_hub *hub)
{
    hone_queue_release(&hub->filling);
    pthread_cond_destroy(&hub->done);
    pthread_cond_destroy(&hub->wake);
    pthread_mutex_destroy(&hub->mutex);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Waits (the mutex held) until `until_us`, unless someone wants the disk sooner. */
static void wait_until(hone_hub *hub, int64_t until_us)
{
    struct timespec until = {.tv_sec = until_us / 1000000,
                             .tv_nsec = until_us % 1000000 * 1000};
    int rc = 0;
    while (!hub->closing && hub->flushers == 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&hub->wake, &hub->mutex, &until);
}

/* With the mutex held; says whether the writer has to be woken. */
static bool seal_line(hone_hub *hub)
{
    bool news = hub->whole == 0 && hub->filling.len > 0;
    hub->whole = hub->filling.len;
    hub->n_open = 0;
    hub->joining = false;
    return news;
}

uint64_t hone_writer_queue(hone_writer *writer, const void *record)
{
    hone_hub *hub = &writer->hub;
    pthread_mutex_lock(&hub->mutex);
    assert(!hub->closing);
    bool goes_on =
        hub->joining || (hub->n_open > 0 &&
                         hone_record_same_line(hub->filling.bytes + hub->whole, record));
    bool news = !goes_on && seal_line(hub);
    size_t len = hub->filling.len;
    uint64_t ticket = hone_queue_add(&hub->filling, record) ? ++hub->tickets : 0;
    if (ticket != 0 && hub->joining && hub->n_open > 0)
        hone_queue_join(&hub->filling, hub->filling.len - len);
    if (ticket != 0 && (hub->joining || hone_record_same_line(record, record)))
        hub->n_open++;
    else if (ticket != 0)
        news |= seal_line(hub);
    pthread_mutex_unlock(&hub->mutex);
    if (news)
        pthread_cond_signal(&hub->wake);
    return ticket;
}

void hone_writer_hurry(hone_writer *writer)
{
    hone_hub *hub = &writer->hub;
    pthread_mutex_lock(&hub->mutex);
    bool wanted = hub->filling.len > 0 && hub->flushers == 0 && hub->failure.code == 0;
    hub->flushers += wanted;
    pthread_mutex_unlock(&hub->mutex);
    if (wanted)
        pthread_cond_signal(&hub->wake);
}

void hone_writer_join(hone_writer *writer)
{
    hone_hub *hub = &writer->hub;
    pthread_mutex_lock(&hub->mutex);
    bool news = seal_line(hub);
    hub->joining = true;
    pthread_mutex_unlock(&hub->mutex);
    if (news)
        pthread_cond_signal(&hub->wake);
}

void hone_writer_seal(hone_writer *writer)
{
    hone_hub *hub = &writer->hub;
    pthread_mutex_lock(&hub->mutex);
    bool news = seal_line(hub);
    pthread_mutex_unlock(&hub->mutex);
    if (news)
        pthread_cond_signal(&hub->wake);
}

void hone_writer_unput(hone_writer *writer)
{
    hone_hub *hub = &writer->hub;
    pthread_mutex_lock(&hub->mutex);
    hub->filling.len = hub->whole;
    hub->filling.n -= hub->n_open;
    hub->tickets -= hub->n_open;
    hub->n_open = 0;
    hub->joining = false;
    pthread_mutex_unlock(&hub->mutex);
}

size_t hone_writer_backlog(hone_writer *writer)
{
    pthread_mutex_lock(&writer->hub.mutex);
    size_t bytes = writer->hub.filling.len + writer->hub.writing;
    pthread_mutex_unlock(&writer->hub.mutex);
    return bytes;
}

/* ---- the thread ---- */

static bool is_joined(const unsigned char *record)
{
    hone_record head;
    memcpy(&head, record, sizeof head);
    return head.joined;
}

/* Where the next transaction's records end, from `at` on, and how many they are. */
static size_t end_of_part(const hone_queue *batch, size_t at, uint64_t *n)
{
    size_t end = at, last;
    *n = 0;
    do {
        hone_record head;
        memcpy(&head, batch->bytes + end, sizeof head);
        last = end;
        end += head.size;
        (*n)++;
    } while (end < batch->len &&
             (end - at < PART_BYTES || is_joined(batch->bytes + end) ||
              hone_record_same_line(batch->bytes + last, batch->bytes + end)));
    return end;
}

/* One try; a connection that an I/O error broke is replaced first. */
static int try_part(hone_writer *writer, size_t at, size_t end, bool *broken,
                    hone_error *err)
{
    if (*broken) {
        int rc = hone_recorder_reopen(&writer->recorder, err);
        if (rc != HONE_OK)
            return rc;
        *broken = false;
    }
    return hone_recorder_write(&writer->recorder, writer->batch.bytes + at, end - at,
                               broken, err);
}

static void tell_failure(hone_writer *writer, const hone_error *why)
{
    hone_hub *hub = &writer->hub;
    pthread_mutex_lock(&hub->mutex);
    bool news = hub->failure.code == 0;
    hub->failure = *why;
    hub->failures++;
    pthread_cond_broadcast(&hub->done);
    pthread_mutex_unlock(&hub->mutex);
    if (news && writer->events.failed != NULL)
        writer->events.failed(writer->events.arg, why);
}

/* The event comes first: whoever waits in `flush` is not let go before it was told. Only
 * this thread changes hub->committed. */
static void tell_success(hone_writer *writer, uint64_t n, size_t bytes)
{
    hone_hub *hub = &writer->hub;
    if (writer->events.committed != NULL)
        writer->events.committed(writer->events.arg, hub->committed + n);
    pthread_mutex_lock(&hub->mutex);
    hub->failure = (hone_error){0};
    hub->committed += n;
    hub->writing -= bytes;
    pthread_cond_broadcast(&hub->done);
    pthread_mutex_unlock(&hub->mutex);
}

/* The pause before another try: ended early by a flush or by close. Says whether there is
 * to be another one: the writer that closes has had its last. */
static bool back_off(hone_hub *hub, int64_t *pause_ms)
{
    pthread_mutex_lock(&hub->mutex);
    bool again = !hub->closing;
    wait_until(hub, now_us() + *pause_ms * 1000);
    /* A flush hurries one try, which its failure count tells it of. */
    hub->flushers = 0;
    pthread_mutex_unlock(&hub->mutex);
    *pause_ms = *pause_ms * 2 < BACKOFF_MAX_MS ? *pause_ms * 2 : BACKOFF_MAX_MS;
    return again;
}

/* Writes one part, however long it takes; false where it was given up for close. */
static bool write_part(hone_writer *writer, size_t at, size_t end, uint64_t n)
{
    bool broken = writer->recorder.db.handle == NULL;
    int64_t pause_ms = BACKOFF_FIRST_MS;
    for (;;) {
        hone_error why = {0};
        if (try_part(writer, at, end, &broken, &why) == HONE_OK)
            break;
        broken = broken || writer->recorder.db.handle == NULL;
        tell_failure(writer, &why);
        if (!back_off(&writer->hub, &pause_ms))
            return false;
    }
    tell_success(writer, n, end - at);
    return true;
}

static bool write_batch(hone_writer *writer)
{
    for (size_t at = 0; at < writer->batch.len;) {
        uint64_t n;
        size_t end = end_of_part(&writer->batch, at, &n);
        if (!write_part(writer, at, end, n))
            return false;
        hone_db_tend(&writer->recorder.db);
        at = end;
    }
    hone_queue_clear(&writer->batch);
    return true;
}

/* Takes all whole lines (the mutex held): the batch, which is empty, becomes the queue
 * that is filled, and begins with the line that may go on. False without memory for
 * that. */
static bool swap_queues(hone_writer *writer)
{
    hone_hub *hub = &writer->hub;
    hone_queue taken = hub->filling;
    assert(writer->batch.len == 0);
    if (hub->n_open > 0 && !hone_queue_append(&writer->batch, taken.bytes + hub->whole,
                                              taken.len - hub->whole, hub->n_open))
        return false;
    taken.len = hub->whole;
    taken.n -= hub->n_open;
    hub->filling = writer->batch;
    hub->whole = 0;
    writer->batch = taken;
    hub->writing = taken.len;
    return true;
}

/* Waits for records and takes them all; false when the writer closes and none are left.
 */
static bool take_batch(hone_writer *writer, int64_t last_us)
{
    hone_hub *hub = &writer->hub;
    int64_t gather_us = writer->recorder.db.remote ? GATHER_REMOTE_US : GATHER_US;
    pthread_mutex_lock(&hub->mutex);
    while (hub->whole == 0 && !hub->closing)
        pthread_cond_wait(&hub->wake, &hub->mutex);
    if (now_us() - last_us < gather_us)
        wait_until(hub, last_us + gather_us);
    while (!swap_queues(writer)) /* until the line ends, or there is memory */
        wait_until(hub, now_us() + BACKOFF_FIRST_MS * 1000);
    hub->flushers = 0;
    pthread_mutex_unlock(&hub->mutex);
    return writer->batch.len > 0;
}

static void *run_thread(void *arg)
{
    hone_writer *writer = arg;
    int64_t last_us = INT64_MIN / 2;
    while (take_batch(writer, last_us)) {
        if (!write_batch(writer))
            break;
        last_us = now_us();
    }
    return NULL;
}

/* ---- open, start, flush, close ---- */

int hone_writer_open(const char *dir, hone_writer **out, hone_error *err)
{
    *out = NULL;
    hone_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    writer->lock_fd = -1;
    writer->recorder.db.lock_fd = -1;
    hone_buf_init(&writer->scratch, RECORD_MAX);
    hone_buf_init(&writer->json, RECORD_MAX);
    hone_buf_init(&writer->odd, RECORD_MAX);
    int rc = open_hub(&writer->hub);
    if (rc != HONE_OK) {
        free(writer);
        return hone_error_set(err, rc, "out of memory");
    }
    rc = hone_store_make_dir(dir, &writer->dir, err);
    if (rc == HONE_OK)
        rc = hone_recorder_open(&writer->recorder, writer->dir, err);
    if (rc != HONE_OK) {
        hone_writer_close(writer);
        return rc;
    }
    *out = writer;
    return HONE_OK;
}

int hone_writer_lock(hone_writer *writer, const char *uid, hone_error *err)
{
    assert(!writer->started);
    if (writer->lock_fd >= 0)
        return HONE_OK;
    char *path = hone_path_of_sweep(writer->dir, uid, "sweep.lock");
    if (path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc = hone_store_make_sweep_dir(writer->dir, uid, err);
    if (rc == HONE_OK)
        rc = hone_lock_take(path, HONE_BEAT_PATIENCE_MS, &writer->lock_fd, err);
    free(path);
    return rc;
}

int hone_writer_start(hone_writer *writer, const hone_writer_events *events,
                      hone_error *err)
{
    assert(!writer->started && writer->recorder.sweep != 0);
    writer->events = *events;
    /* What another orchestrator wrote before the lock was ours counts. */
    int rc = hone_recorder_choose(&writer->recorder, writer->recorder.sweep,
                                  writer->params, err);
    if (rc == HONE_OK)
        rc = hone_recorder_use(&writer->recorder, err);
    if (rc != HONE_OK)
        return rc;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the loop's */
    int error = pthread_create(&writer->thread, NULL, run_thread, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        return hone_error_set(err, HONE_ENOMEM, "cannot start the writer's thread: %s",
                              strerror(error));
    writer->started = true;
    return HONE_OK;
}

int hone_writer_flush(hone_writer *writer, hone_error *err)
{
    hone_hub *hub = &writer->hub;
    if (!writer->started)
        return hub->tickets == 0
                   ? HONE_OK
                   : hone_error_set(err, HONE_EUSAGE, "the writer was not started");
    pthread_mutex_lock(&hub->mutex);
    (void)seal_line(hub);
    uint64_t ticket = hub->tickets, failures = hub->failures;
    while (hub->committed < ticket && hub->failures == failures) {
        hub->flushers++;
        pthread_cond_signal(&hub->wake);
        pthread_cond_wait(&hub->done, &hub->mutex);
    }
    bool there = hub->committed >= ticket;
    hone_error failure = hub->failure;
    pthread_mutex_unlock(&hub->mutex);
    return there ? HONE_OK : hone_error_set(err, failure.code, "%s", failure.text);
}

void hone_writer_close(hone_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->started) {
        pthread_mutex_lock(&writer->hub.mutex);
        (void)seal_line(&writer->hub);
        writer->hub.closing = true;
        pthread_cond_signal(&writer->hub.wake);
        pthread_mutex_unlock(&writer->hub.mutex);
        pthread_join(writer->thread, NULL);
    }
    hone_recorder_close(&writer->recorder);
    if (writer->lock_fd >= 0)
        hone_lock_drop(writer->lock_fd);
    close_hub(&writer->hub);
    hone_queue_release(&writer->batch);
    hone_sweep_reading_release(&writer->info);
    hone_buf_release(&writer->scratch);
    hone_buf_release(&writer->json);
    hone_buf_release(&writer->odd);
    free(writer->params);
    free(writer->dir);
    free(writer);
}

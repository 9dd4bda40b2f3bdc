#include "executors/keeper_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

/* Bytes; a longer journal is emptied when hone has read it. */
enum { JOURNAL_MAX = 64 * 1024 };

bool hone_is_full(int code)
{
    return code == ENOSPC || code == EDQUOT;
}

/* Space for the records to come is taken in advance: the record of an end can then be
 * written also when the disk has become full. Not every file system can. */
static void reserve_journal(hone_keeper *keeper)
{
    (void)fallocate(keeper->journal, FALLOC_FL_KEEP_SIZE, (off_t)keeper->journal_len,
                    2 * JOURNAL_MAX);
}

int hone_journal_append(hone_keeper *keeper)
{
    size_t len = keeper->line.len;
    ssize_t n;
    do
        n = write(keeper->journal, keeper->line.data, len);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)len) {
        keeper->journal_len += len;
        return 0;
    }
    int code = n < 0 ? errno : ENOSPC;
    (void)ftruncate(keeper->journal, (off_t)keeper->journal_len);
    return code;
}

void hone_journal_trim(hone_keeper *keeper, const hone_launch *launch)
{
    if (!launch->journal_settled || keeper->journal_len <= JOURNAL_MAX)
        return;
    if (ftruncate(keeper->journal, 0) == 0)
        keeper->journal_len = 0;
    reserve_journal(keeper);
}

void hone_keeper_send(hone_keeper *keeper, hone_frame_type type, const hone_buf *text)
{
    hone_buf *message = &keeper->message;
    hone_buf_reset(message);
    hone_wire_put_bytes(message, type, hone_buf_text(text), text->len);
    if (hone_buf_status(message) != HONE_OK)
        return; /* hone will read the journal */
    for (size_t done = 0; keeper->socket >= 0 && done < message->len;) {
        ssize_t n =
            send(keeper->socket, message->data + done, message->len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* it is gone: poll will say so */
        done += (size_t)n;
    }
}

int hone_journal_open(hone_keeper *keeper)
{
    struct stat status;
    keeper->journal =
        openat(keeper->files.dir, "journal",
               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (keeper->journal < 0 || fstat(keeper->journal, &status) != 0)
        return errno;
    keeper->journal_len = (uint64_t)status.st_size;
    reserve_journal(keeper);
    return 0;
}

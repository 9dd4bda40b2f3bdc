#include "executors/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

int hone_output_open(hone_output *output, int slot_fd, const char *name)
{
    int ends[2];
    struct stat status;
    output->log_fd = openat(slot_fd, name,
                            O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (output->log_fd < 0 || fstat(output->log_fd, &status) != 0 ||
        pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    output->read_fd = ends[0];
    output->write_fd = ends[1];
    output->end = (uint64_t)status.st_size;
    return 0;
}

/* Some programs make their standard output non-blocking, and the next one, to which the
 * same pipe is given, would lose what it prints. Cannot fail on an open pipe. */
void hone_output_restore(hone_output *output)
{
    int failed = fcntl(output->write_fd, F_SETFL, 0);
    assert(failed == 0);
    (void)failed;
}

static bool is_full(int code)
{
    return code == ENOSPC || code == EDQUOT;
}

/* Writes what is held. What can never be written (EFBIG, EIO) is given up. */
static hone_pumped flush_held(hone_output *output)
{
    while (output->written < output->held) {
        ssize_t n = write(output->log_fd, output->bytes + output->written,
                          output->held - output->written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && is_full(errno))
            return HONE_PUMP_BLOCKED;
        if (n <= 0)
            break;
        output->written += (size_t)n;
        output->end += (uint64_t)n;
    }
    output->held = output->written = 0;
    return HONE_PUMP_EMPTY;
}

hone_pumped hone_output_pump(hone_output *output)
{
    enum { ROUNDS = 16 }; /* then others have a turn */
    for (int i = 0; i < ROUNDS; i++) {
        if (output->held > 0 && flush_held(output) == HONE_PUMP_BLOCKED)
            return HONE_PUMP_BLOCKED;
        ssize_t n = read(output->read_fd, output->bytes, sizeof output->bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return HONE_PUMP_EMPTY;
        output->held = (size_t)n;
    }
    return flush_held(output) == HONE_PUMP_BLOCKED ? HONE_PUMP_BLOCKED : HONE_PUMP_MORE;
}

void hone_output_drop(hone_output *output)
{
    enum { ROUNDS = 1024 }; /* more than a pipe can hold */
    output->held = output->written = 0;
    for (int i = 0; i < ROUNDS; i++)
        if (read(output->read_fd, output->bytes, sizeof output->bytes) <= 0)
            return;
}

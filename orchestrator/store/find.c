#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hone/store.h>

#include "base/banned.h"

static bool is_dir(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Looks for DIR/.hone in the working directory and upwards; writes the path found. */
static bool find_upwards(hone_buf *out)
{
    char *dir = getcwd(NULL, 0);
    bool found = false;
    while (dir != NULL && !found) {
        size_t start = out->len;
        hone_buf_puts(out, dir);
        hone_buf_puts(out, strcmp(dir, "/") == 0 ? ".hone" : "/.hone");
        found = hone_buf_status(out) == HONE_OK && is_dir(hone_buf_text(out) + start);
        if (found || hone_buf_status(out) != HONE_OK)
            break;
        hone_buf_truncate(out, start);
        char *slash = strrchr(dir, '/');
        if (slash == NULL || strcmp(dir, "/") == 0)
            break;
        slash[slash == dir ? 1 : 0] = '\0';
    }
    free(dir);
    return found;
}

void hone_store_find_dir(hone_buf *out, const char *given)
{
    if (given == NULL || given[0] == '\0')
        given = getenv("HONE_STORE");
    if (given != NULL && given[0] != '\0')
        hone_buf_puts(out, given);
    else if (!find_upwards(out))
        hone_buf_puts(out, ".hone");
}

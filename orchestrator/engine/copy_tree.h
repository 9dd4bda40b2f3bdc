/* A folder, copied with all that is in it. */
#ifndef HONE_ENGINE_COPY_TREE_H
#define HONE_ENGINE_COPY_TREE_H

#include <hone/error.h>

/* Makes `to` a copy of the folder `from`, on disk when it returns: files, links and
 * folders with their permissions, nothing else. It is written beside `to` and then takes
 * its place; what was there goes. A `from` that does not exist is copied as nothing.
 * Blocks. Errors: HONE_EFULL, HONE_EIO, HONE_ENOMEM, with the path. */
HONE_MUST_CHECK int hone_tree_copy(const char *from, const char *to, hone_error *err);

#endif

/* What outlasts a loss of power, and how to tell that there may have been one. */
#ifndef HONE_BASE_DURABLE_H
#define HONE_BASE_DURABLE_H

enum { HONE_BOOT_MAX = 64 }; /* bytes, with the NUL */

/* Makes a folder whose name is on the disk when this returns. Returns 0 or errno; EEXIST
 * where there is something of that name already. */
int hone_folder_make(const char *path);

/* Brings the name of a file or folder to the disk: syncs the folder that holds it.
 * Returns 0, also where the file system has no such thing, or errno. */
int hone_name_sync(const char *path);

/* The present start of the machine, as the kernel names it; "" where it does not. */
void hone_boot_id(char id[static HONE_BOOT_MAX]);

#endif

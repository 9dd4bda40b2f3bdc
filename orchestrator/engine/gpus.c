/* Finding GPUs: the lists of inherited variables, else the device files of the machine.
 *
 * Each list is one block of memory, the array first and the words behind it, so that a
 * variable owns one pointer. */
#include "engine/gpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By rank: the first that is set is the list; others go along where they fit. */
static const char *const names[HONE_GPU_VARIABLES] = {
    "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES",
    "ZE_AFFINITY_MASK"};
enum { CUDA, ROCR, HIP, ZE };

/* A list and its words in one block. */
typedef struct words {
    char **items;
    uint32_t n;
} words;

static bool has_item(const words *list, const char *item)
{
    for (uint32_t i = 0; i < list->n; i++) {
        if (strcmp(list->items[i], item) == 0)
            return true;
    }
    return false;
}

/* "0,1,GPU-abc". As CUDA reads it: what follows an index below 0 does not count. */
static bool split_list(const char *text, words *list)
{
    size_t len = strlen(text), most = 1;
    for (const char *at = text; *at != '\0'; at++)
        most += *at == ',';
    list->n = 0;
    list->items = malloc(most * sizeof(*list->items) + len + 1);
    if (list->items == NULL)
        return false;
    char *copy = (char *)(list->items + most);
    memcpy(copy, text, len + 1);
    for (char *next = copy; next != NULL && list->n < HONE_GPU_MAX;) {
        char *item = next;
        next = strchr(item, ',');
        if (next != NULL)
            *next++ = '\0';
        item += strspn(item, " \t");
        item[strcspn(item, " \t")] = '\0';
        if (item[0] == '-' || strcmp(item, "NoDevFiles") == 0)
            break;
        if (item[0] != '\0' && !has_item(list, item))
            list->items[list->n++] = item;
    }
    return true;
}

/* 0, 1, ... n-1 */
static bool count_up(uint32_t n, words *list)
{
    enum { DIGITS = 12 };
    list->n = 0;
    list->items = malloc(n * (sizeof(*list->items) + DIGITS) + 1);
    if (list->items == NULL)
        return false;
    char *text = (char *)(list->items + n);
    for (; list->n < n; list->n++, text += DIGITS) {
        snprintf(text, DIGITS, "%u", list->n);
        list->items[list->n] = text;
    }
    return true;
}

static void add_variable(hone_gpus *gpus, const char *name, const words *list,
                         bool relative)
{
    hone_gpu_variable *variable = gpus->variables;
    while (variable->name != NULL)
        variable++;
    *variable = (hone_gpu_variable){
        .name = name, .list = (const char *const *)list->items, .relative = relative};
}

/* The variables that are set; one with another number of GPUs than the first means
 * something else, and is left alone. */
static int read_variables(hone_gpus *gpus, const hone_gpu_world *world, bool *any)
{
    bool has_rocr = false;
    *any = false;
    for (int i = 0; i < HONE_GPU_VARIABLES; i++) {
        const char *text = world->get_variable(world->arg, names[i]);
        words list;
        if (text == NULL)
            continue;
        if (!split_list(text, &list))
            return HONE_ENOMEM;
        bool first = !*any;
        *any = true;
        if (first) {
            gpus->n = list.n;
            gpus->told_by = names[i];
        }
        if (list.n != gpus->n || list.n == 0) {
            free(list.items);
            continue;
        }
        /* HIP counts among those that ROCR leaves. */
        add_variable(gpus, names[i], &list, i == HIP && has_rocr);
        has_rocr |= i == ROCR;
    }
    return HONE_OK;
}

/* Whether a name is `prefix` and a number. */
static bool is_numbered(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    if (strncmp(name, prefix, len) != 0 || name[len] == '\0')
        return false;
    return name[len + strspn(name + len, "0123456789")] == '\0';
}

/* Whether the maker of a graphics device is `vendor`, as "0x1002". */
static bool is_made_by(const char *root, const char *device, const char *vendor)
{
    char path[600], text[16] = "";
    snprintf(path, sizeof(path), "%s/sys/class/drm/%.60s/device/vendor", root, device);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool found = fgets(text, sizeof(text), file) != NULL &&
                 strncmp(text, vendor, strlen(vendor)) == 0;
    fclose(file);
    return found;
}

/* Device files PREFIX and a number in a folder; `vendor` may be NULL. */
static uint32_t count_devices(const char *root, const char *folder, const char *prefix,
                              const char *vendor)
{
    char path[600];
    uint32_t n = 0;
    snprintf(path, sizeof(path), "%s%s", root, folder);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        n += is_numbered(entry->d_name, prefix) &&
             (vendor == NULL || is_made_by(root, entry->d_name, vendor));
    }
    if (dir != NULL)
        closedir(dir);
    return n < HONE_GPU_MAX ? n : HONE_GPU_MAX;
}

/* NVIDIA's, else AMD's, else Intel's: a machine with two kinds has one to show pictures.
 */
static int look_at_devices(hone_gpus *gpus, const char *root)
{
    char kfd[600];
    words list;
    int variable = CUDA;
    snprintf(kfd, sizeof(kfd), "%s/dev/kfd", root);
    uint32_t n = count_devices(root, "/dev", "nvidia", NULL);
    if (n == 0 && access(kfd, F_OK) == 0) {
        variable = ROCR;
        n = count_devices(root, "/dev/dri", "renderD", "0x1002");
    }
    if (n == 0) {
        variable = ZE;
        n = count_devices(root, "/dev/dri", "renderD", "0x8086");
    }
    if (n == 0)
        return HONE_OK;
    if (!count_up(n, &list))
        return HONE_ENOMEM;
    gpus->n = n;
    add_variable(gpus, names[variable], &list, false);
    return HONE_OK;
}

int hone_gpus_find(hone_gpus *gpus, const hone_gpu_world *world)
{
    bool any;
    *gpus = (hone_gpus){.n = 0};
    int rc = read_variables(gpus, world, &any);
    if (rc == HONE_OK && !any)
        rc = look_at_devices(gpus, world->root);
    if (rc != HONE_OK)
        hone_gpus_release(gpus);
    return rc;
}

void hone_gpus_release(hone_gpus *gpus)
{
    for (hone_gpu_variable *variable = gpus->variables; variable->name != NULL;
         variable++)
        free((void *)(uintptr_t)variable->list);
    *gpus = (hone_gpus){.n = 0};
}

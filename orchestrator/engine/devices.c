/* Handing out GPUs and processors: see devices.h for the interface, in call order.
 *
 * Two arrays say who has what: share_of[i] is the slot (plus one) that has the i-th share
 * of the GPUs, set_of[i] the slot that has the i-th set of processors. A slot normally
 * has one of each; an attempt that was taken over has what it was started with, which may
 * be several shares where `gpus` has changed since. */
#include "engine/devices.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a share like 0.1 ten fit, though ten times the double is not quite one. */
static uint32_t count_per_gpu(double gpus)
{
    return gpus < 1 ? (uint32_t)floor(1 / gpus + 1e-9) : 1;
}

uint32_t hone_devices_capacity(const hone_resources *resources, const hone_gpus *gpus)
{
    if (resources->gpus < 1)
        return gpus->n * count_per_gpu(resources->gpus);
    return gpus->n / (uint32_t)resources->gpus;
}

static int init_sets(hone_devices *devices, const hone_devices_options *options)
{
    uint32_t wanted = options->resources->cpus;
    uint32_t n_sets = wanted > 0 ? options->n_cpus / wanted : 0;
    if (n_sets == 0 || n_sets < options->concurrency)
        return HONE_OK;
    devices->cpus = malloc((size_t)n_sets * wanted * sizeof(*devices->cpus));
    devices->set_of = calloc(n_sets, sizeof(*devices->set_of));
    if (devices->cpus == NULL || devices->set_of == NULL)
        return HONE_ENOMEM;
    memcpy(devices->cpus, options->cpus,
           (size_t)n_sets * wanted * sizeof(*devices->cpus));
    devices->n_cpus = wanted;
    devices->n_sets = n_sets;
    return HONE_OK;
}

int hone_devices_init(hone_devices *devices, const hone_devices_options *options)
{
    const hone_resources *resources = options->resources;
    *devices = (hone_devices){.gpus = options->gpus, .whole = 1, .per_gpu = 1};
    int rc = HONE_OK;
    if (resources->gpus > 0) {
        devices->whole = resources->gpus < 1 ? 1 : (uint32_t)resources->gpus;
        devices->per_gpu = count_per_gpu(resources->gpus);
        devices->n_shares = hone_devices_capacity(resources, options->gpus);
        devices->share_of = calloc(devices->n_shares + 1, sizeof(*devices->share_of));
        rc = devices->share_of == NULL ? HONE_ENOMEM : HONE_OK;
    }
    if (rc == HONE_OK)
        rc = init_sets(devices, options);
    if (rc != HONE_OK)
        hone_devices_free(devices);
    return rc;
}

void hone_devices_free(hone_devices *devices)
{
    free(devices->share_of);
    free(devices->cpus);
    free(devices->set_of);
    *devices = (hone_devices){.gpus = NULL};
}

/* ---- shares, GPUs, places ---- */

/* Share 0, 1, 2 are on GPU 0, 1, 2 ... and only then on GPU 0 again: a GPU has company
 * only when there is none without. */
static uint32_t first_gpu(const hone_devices *devices, uint32_t share)
{
    return devices->per_gpu > 1 ? share % devices->gpus->n : share * devices->whole;
}

static uint32_t place_of(const hone_devices *devices, uint32_t share)
{
    return devices->per_gpu > 1 ? share % devices->gpus->n : share;
}

uint32_t hone_devices_places(const hone_devices *devices)
{
    if (devices->n_shares == 0)
        return 0;
    return devices->per_gpu > 1 ? devices->gpus->n : devices->n_shares;
}

static bool find_owned(const uint32_t *owners, uint32_t n, uint32_t slot, uint32_t *found)
{
    for (uint32_t i = 0; i < n; i++) {
        if (owners[i] == slot + 1) {
            *found = i;
            return true;
        }
    }
    return false;
}

int hone_devices_place(const hone_devices *devices, uint32_t slot)
{
    int place = HONE_NO_PLACE;
    for (uint32_t i = 0; i < devices->n_shares; i++) {
        if (devices->share_of[i] != slot + 1)
            continue;
        int here = (int)place_of(devices, i);
        if (place != HONE_NO_PLACE && place != here)
            return HONE_NO_PLACE;
        place = here;
    }
    return place;
}

/* ---- to and fro ---- */

bool hone_devices_acquire(hone_devices *devices, uint32_t slot, const bool *shut)
{
    uint32_t share = 0, set = 0;
    while (share < devices->n_shares &&
           (devices->share_of[share] != 0 ||
            (shut != NULL && shut[place_of(devices, share)])))
        share++;
    if (devices->n_shares > 0 && share == devices->n_shares)
        return false;
    if (devices->n_shares > 0)
        devices->share_of[share] = slot + 1;
    while (set < devices->n_sets && devices->set_of[set] != 0)
        set++;
    if (set < devices->n_sets)
        devices->set_of[set] = slot + 1;
    return true;
}

static void disown(uint32_t *owners, uint32_t n, uint32_t slot)
{
    for (uint32_t i = 0; i < n; i++) {
        if (owners[i] == slot + 1)
            owners[i] = 0;
    }
}

void hone_devices_release(hone_devices *devices, uint32_t slot)
{
    disown(devices->share_of, devices->n_shares, slot);
    disown(devices->set_of, devices->n_sets, slot);
}

/* ---- claims ---- */

/* Of a shared GPU as many shares as `part` of it is; else all that it is in. */
static void claim_gpu(hone_devices *devices, uint32_t slot, uint32_t gpu, double part)
{
    double left = part < 1 ? ceil(part * devices->per_gpu - 1e-9) : devices->per_gpu;
    for (uint32_t i = 0; i < devices->n_shares && left >= 1; i++) {
        uint32_t first = first_gpu(devices, i);
        bool inside = gpu >= first && gpu < first + devices->whole;
        if (!inside || devices->share_of[i] != 0)
            continue;
        devices->share_of[i] = slot + 1;
        left--;
    }
}

static void claim_gpus(hone_devices *devices, uint32_t slot, const char *list, size_t len,
                       double part)
{
    const char *end = list + len;
    for (const char *at = list; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t n = (size_t)((comma != NULL ? comma : end) - at);
        for (uint32_t i = 0; devices->n_shares > 0 && i < devices->gpus->n; i++) {
            const char *name = devices->gpus->variables[0].list[i];
            if (strlen(name) == n && memcmp(name, at, n) == 0)
                claim_gpu(devices, slot, i, part);
        }
        at += n + 1;
    }
}

static void claim_range(hone_devices *devices, uint32_t slot, unsigned long first,
                        unsigned long last)
{
    for (uint32_t i = 0; i < devices->n_sets * devices->n_cpus; i++) {
        uint32_t *owner = &devices->set_of[i / devices->n_cpus];
        if (devices->cpus[i] >= first && devices->cpus[i] <= last && *owner == 0)
            *owner = slot + 1;
    }
}

/* "0-1,4" up to a blank or the end. */
static void claim_cpus(hone_devices *devices, uint32_t slot, const char *list)
{
    for (const char *at = list; *at >= '0' && *at <= '9';) {
        char *end;
        unsigned long first = strtoul(at, &end, 10), last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        claim_range(devices, slot, first, last);
        at = *end == ',' ? end + 1 : end;
    }
}

void hone_devices_claim(hone_devices *devices, uint32_t slot, const char *placement)
{
    double part = 1;
    for (const char *at = placement; *at != '\0';) {
        size_t len = strcspn(at, " ");
        if (strncmp(at, "share=", 6) == 0)
            part = strtod(at + 6, NULL);
        else if (strncmp(at, "gpus=", 5) == 0)
            claim_gpus(devices, slot, at + 5, len - 5, part);
        else if (strncmp(at, "cpus=", 5) == 0)
            claim_cpus(devices, slot, at + 5);
        at += len + strspn(at + len, " ");
    }
}

/* ---- words ---- */

static void put_list(const hone_devices *devices, uint32_t share,
                     const hone_gpu_variable *variable, hone_buf *out)
{
    for (uint32_t i = 0; i < devices->whole; i++) {
        uint32_t gpu = variable->relative ? i : first_gpu(devices, share) + i;
        if (i > 0)
            hone_buf_putc(out, ',');
        hone_buf_puts(out, variable->list[gpu]);
    }
}

bool hone_devices_put_gpus(const hone_devices *devices, uint32_t slot,
                           const hone_gpu_variable *variable, hone_buf *out)
{
    uint32_t share;
    if (!find_owned(devices->share_of, devices->n_shares, slot, &share))
        return false;
    put_list(devices, share, variable, out);
    return true;
}

bool hone_devices_put_cpus(const hone_devices *devices, uint32_t slot, hone_buf *out)
{
    uint32_t set;
    if (!find_owned(devices->set_of, devices->n_sets, slot, &set))
        return false;
    const uint32_t *cpus = devices->cpus + (size_t)set * devices->n_cpus;
    for (uint32_t i = 0; i < devices->n_cpus;) {
        uint32_t last = i;
        while (last + 1 < devices->n_cpus && cpus[last + 1] == cpus[last] + 1)
            last++;
        hone_buf_printf(out, "%s%u", i > 0 ? "," : "", cpus[i]);
        if (last > i)
            hone_buf_printf(out, "-%u", cpus[last]);
        i = last + 1;
    }
    return true;
}

bool hone_devices_put_placement(const hone_devices *devices, uint32_t slot, hone_buf *out)
{
    uint32_t unused;
    bool has_gpu = find_owned(devices->share_of, devices->n_shares, slot, &unused);
    bool has_set = find_owned(devices->set_of, devices->n_sets, slot, &unused);
    if (has_gpu && devices->per_gpu > 1)
        hone_buf_printf(out, "share=%.6g ", 1.0 / devices->per_gpu);
    if (has_gpu) {
        hone_buf_puts(out, "gpus=");
        (void)hone_devices_put_gpus(devices, slot, &devices->gpus->variables[0], out);
    }
    if (has_set) {
        hone_buf_puts(out, has_gpu ? " cpus=" : "cpus=");
        (void)hone_devices_put_cpus(devices, slot, out);
    }
    return has_gpu || has_set;
}

void hone_devices_name(const hone_devices *devices, uint32_t place, hone_buf *out)
{
    assert(place < hone_devices_places(devices));
    hone_buf_puts(out, devices->whole > 1 ? "GPUs " : "GPU ");
    put_list(devices, place, &devices->gpus->variables[0], out);
}

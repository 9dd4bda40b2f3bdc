/* Fuzz target: the reader of specs takes any bytes at all.
 *
 * Beside the sanitizers' word: what the interface promises of the result holds, and the
 * same bytes give the same digest. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <hone/spec.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_diagnostics(const hone_spec *spec, int code)
{
    const hone_diagnostics *all = &spec->diagnostics;
    hone_buf text;
    uint32_t n_errors = 0;

    hone_buf_init(&text, 1024 * 1024);
    assert(all->n <= 100);
    for (uint32_t i = 0; i < all->n; i++) {
        const hone_diagnostic *item = &all->items[i];
        n_errors += item->severity == HONE_SEVERITY_ERROR;
        assert(item->line >= 0 && item->column >= 0 && item->width >= 1);
        assert(strchr(item->text, '\n') == NULL);
        assert(item->source == NULL || strlen(item->source) <= 200);
        hone_diagnostic_write(&text, spec->path, item);
    }
    assert(hone_buf_status(&text) == 0);
    assert((code == HONE_ESPEC) == (n_errors > 0));
    hone_buf_release(&text);
}

static void check_spec(const hone_spec *spec)
{
    assert(spec->space != NULL && spec->space->n > 0 && spec->method != NULL);
    assert(strlen(spec->digest) == 32);
    for (uint32_t i = 0; i < spec->space->n; i++) {
        const hone_param *param = &spec->space->params[i];
        hone_value low = hone_param_draw(param, 0), high = hone_param_draw(param, 0.999);
        assert(low.kind != HONE_ABSENT && high.kind != HONE_ABSENT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hone_spec *spec = NULL, *again = NULL;
    int code = hone_spec_read("fuzz.yaml", (const char *)data, size, &spec, NULL);
    int same = hone_spec_read("fuzz.yaml", (const char *)data, size, &again, NULL);

    assert(code == same);
    assert(code == 0 || code == HONE_ESPEC || code == HONE_ENOMEM);
    if (code != HONE_ENOMEM) {
        check_diagnostics(spec, code);
        assert(strcmp(spec->digest, again->digest) == 0);
    }
    if (code == 0)
        check_spec(spec);
    hone_spec_free(spec);
    hone_spec_free(again);
    return 0;
}

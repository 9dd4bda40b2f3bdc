/* Command templates: a shell string, compiled.
 *
 * The text goes to /bin/sh as the user wrote it; only references to parameters and macros
 * are cut out, and their values are put back quoted. A value must come out as the bytes
 * it is, whatever it holds, so the scanner below follows the shell's quoting through the
 * text and notes for every reference in which quotes it stands:
 *
 *   --lr=${lr}      outside: a 'single-quoted' piece
 *   "lr ${lr}"      inside double quotes: these are closed, '...' put in, and reopened;
 *                   closing also ends a name before it ("$HOME${lr}")
 *   'lr ${lr}'      inside single quotes: the value, with ' as '\''
 *
 * Frames on a stack: words, $(...), (...), "...", '...', $((...)). Where quoting cannot
 * be followed with certainty a reference is refused with the remedy, never guessed:
 * inside backquotes, in $((...)), in ${X:-...}; and anywhere behind a here-document,
 * $'...', a `case` inside $(...), or quotes inside ${X:-...} (the scanner is then
 * `lost`).
 *
 * A name that is no parameter is the shell's own (${HOME}) and stays; `$${x}` hands ${x}
 * to the shell although x is a parameter. References in comments stay, too. */
#include "spec/template_parts.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

typedef enum frame {
    FRAME_WORDS, /* the text itself */
    FRAME_SUBST, /* $(...) */
    FRAME_PAREN, /* (...) */
    FRAME_DOUBLE,
    FRAME_SINGLE,
    FRAME_ARITH /* $((...)), and each ( in it */
} frame;

enum { MAX_FRAMES = 64 };

/* A scan of text[0..len). Invariant: everything before `start` is in the parts. */
typedef struct scan {
    hone_compile *compile;
    const char *text;
    size_t len;
    size_t at, start;
    hone_part *parts;
    uint32_t n_parts;
    frame frames[MAX_FRAMES];
    uint32_t n_frames; /* at least 1 */
    uint32_t n_substs; /* of them FRAME_SUBST */
    bool word_start;   /* outside quotes: a new word may begin here */
    const char *lost;  /* behind what the quoting is not followed any more; NULL: it is */
} scan;

static char peek(const scan *s, size_t ahead)
{
    return s->at + ahead < s->len ? s->text[s->at + ahead] : '\0';
}

static void lose(scan *s, const char *behind)
{
    if (!s->lost)
        s->lost = behind;
}

static void push(scan *s, frame kind)
{
    if (s->n_frames == MAX_FRAMES) {
        lose(s, "quotes nested more than 64 deep");
        return;
    }
    s->frames[s->n_frames++] = kind;
    s->n_substs += kind == FRAME_SUBST;
}

static frame top(const scan *s)
{
    return s->frames[s->n_frames - 1];
}

static void pop(scan *s)
{
    assert(s->n_frames > 1);
    s->n_substs -= top(s) == FRAME_SUBST;
    s->n_frames--;
}

static void flush_text(scan *s, size_t end)
{
    assert(s->start <= end && end <= s->len);
    if (end > s->start)
        s->parts[s->n_parts++] = (hone_part){.kind = HONE_PART_TEXT,
                                             .text = s->text + s->start,
                                             .len = (uint32_t)(end - s->start)};
    s->start = end;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\0';
}

/* Whether text[at..at+len) is a word of its own. */
static bool stands_alone(const scan *s, size_t len)
{
    char before = s->at > 0 ? s->text[s->at - 1] : '\0';

    return is_blank(before) && is_blank(peek(s, len));
}

static hone_quoting quoting_here(const scan *s, size_t len)
{
    if (top(s) == FRAME_DOUBLE)
        return HONE_QUOTING_DOUBLE;
    if (top(s) == FRAME_SINGLE)
        return HONE_QUOTING_SINGLE;
    return stands_alone(s, len) ? HONE_QUOTING_ALONE : HONE_QUOTING_WORD;
}

static int refuse(scan *s, const hone_reference *reference, const char *where,
                  hone_error *err)
{
    s->compile->bad_offset = (size_t)(reference->name - 2 - s->text);
    return hone_error_set(err, HONE_ESPEC,
                          "${%.*s} %s cannot be quoted safely; put it into a variable "
                          "first (x=${%.*s}; ... \"$x\")",
                          (int)reference->name_len, reference->name, where,
                          (int)reference->name_len, reference->name);
}

/* A parameter or macro at s->at becomes a part. */
static int take_reference(scan *s, const hone_reference *reference, hone_error *err)
{
    hone_part part;
    int code;

    if (s->lost)
        return refuse(s, reference, s->lost, err);
    if (top(s) == FRAME_ARITH)
        return refuse(s, reference, "inside $((...))", err);
    s->compile->bad_offset = s->at;
    code = hone_reference_part(s->compile, reference, &part, err);
    if (code)
        return code;
    part.quoting = quoting_here(s, reference->len);
    flush_text(s, s->at);
    s->parts[s->n_parts++] = part;
    s->at += reference->len;
    s->start = s->at;
    return 0;
}

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_name_byte(char byte)
{
    return is_name_start(byte) || (byte >= '0' && byte <= '9');
}

/* Whether the shell takes what stands between ${ and its } for an expansion. */
static bool is_shell_expansion(const char *name, size_t len)
{
    size_t i = 0;

    if (len == 0)
        return false;
    if (name[0] == '#' && len > 1) /* ${#x}, a length */
        i = 1;
    if (is_name_start(name[i])) {
        while (i < len && is_name_byte(name[i]))
            i++;
    } else if (name[i] >= '0' && name[i] <= '9') {
        while (i < len && name[i] >= '0' && name[i] <= '9')
            i++;
    } else if (strchr("@*#?-$!", name[i])) {
        i++;
    } else {
        return false;
    }
    /* What may follow a name: an operator (of POSIX, or bash's substrings and the like).
     */
    return i == len || strchr(":-=?+%#/^,@[", name[i]) != NULL;
}

/* A name that no one knows: the shell's, if the shell can read it. */
static int check_unknown(scan *s, const hone_reference *reference, hone_error *err)
{
    const char *near = hone_reference_near(s->compile, reference);
    size_t offset = (size_t)(reference->name - 2 - s->text);

    if (top(s) != FRAME_SINGLE &&
        !is_shell_expansion(reference->name, reference->name_len)) {
        s->compile->bad_offset = offset;
        return hone_error_set(err, HONE_ESPEC,
                              "${%.*s} is neither a parameter nor a variable of the "
                              "shell%s%s%s",
                              (int)reference->name_len, reference->name,
                              near ? "; did you mean ${" : "", near ? near : "",
                              near ? "}" : "");
    }
    if (near)
        hone_compile_remark(
            s->compile, offset,
            "no parameter %.*s, so the shell's variable is taken; did you "
            "mean ${%s}",
            (int)reference->name_len, reference->name, near);
    return 0;
}

/* Skips the shell's own ${...}, s->at behind its `${`; a reference inside is refused. */
static int skip_braces(scan *s, hone_error *err)
{
    size_t depth = 1;

    while (s->at < s->len && depth > 0) {
        char byte = s->text[s->at];

        if (byte == '$' && peek(s, 1) == '{') {
            hone_reference inner =
                hone_reference_read(&s->compile->names, s->text + s->at, s->len - s->at);

            if (inner.kind != HONE_REFERENCE_UNKNOWN)
                return refuse(s, &inner, "inside an expansion of the shell", err);
            depth++;
            s->at++;
        } else if (byte == '}') {
            depth--;
        } else if (strchr("'\"\\`", byte) || (byte == '$' && peek(s, 1) == '(')) {
            lose(s, "behind quotes inside ${...}");
        }
        s->at++;
    }
    return 0;
}

/* `${`: a reference, or the shell's. */
static int scan_braces(scan *s, hone_error *err)
{
    hone_reference reference =
        hone_reference_read(&s->compile->names, s->text + s->at, s->len - s->at);
    int code;

    if (reference.kind != HONE_REFERENCE_UNKNOWN)
        return take_reference(s, &reference, err);
    if (reference.len == 0) {
        if (top(s) != FRAME_SINGLE) {
            s->compile->bad_offset = s->at;
            return hone_error_set(err, HONE_ESPEC, "${ without a closing }");
        }
        s->at += 2;
        return 0;
    }
    code = check_unknown(s, &reference, err);
    s->at += 2;
    if (code || top(s) == FRAME_SINGLE)
        return code;
    return skip_braces(s, err);
}

/* `$$${x}` is the process id and a reference, `$${x}` the shell's own ${x}. */
static int scan_double_dollar(scan *s, hone_error *err)
{
    if (peek(s, 2) != '{') {
        s->at += 2;
        return 0;
    }
    flush_text(s, s->at);
    s->start = s->at + 1;
    s->at += 3;
    return top(s) == FRAME_SINGLE ? 0 : skip_braces(s, err);
}

/* `$lr`, which the shell takes for a variable of its own. */
static void scan_bare_name(scan *s)
{
    const char *name = s->text + s->at + 1;
    size_t len = 0;

    while (s->at + 1 + len < s->len && is_name_byte(name[len]))
        len++;
    if (hone_names_find(&s->compile->names, name, len) >= 0)
        hone_compile_remark(s->compile, s->at,
                            "$%.*s is a variable of the shell, not the parameter; write "
                            "${%.*s}",
                            (int)len, name, (int)len, name);
    s->at += 1 + len;
}

static int scan_dollar(scan *s, hone_error *err)
{
    char next = peek(s, 1);

    s->word_start = false;
    if (next == '{')
        return scan_braces(s, err);
    if (next == '$')
        return scan_double_dollar(s, err);
    if (top(s) == FRAME_SINGLE) {
        s->at++;
    } else if (next == '(' && peek(s, 2) == '(') {
        push(s, FRAME_ARITH);
        push(s, FRAME_ARITH);
        s->at += 3;
    } else if (next == '(') {
        push(s, FRAME_SUBST);
        s->word_start = true;
        s->at += 2;
    } else if (is_name_start(next)) {
        scan_bare_name(s);
    } else {
        if (next == '\'' && top(s) != FRAME_DOUBLE)
            lose(s, "behind $'...'");
        s->at++;
    }
    return 0;
}

/* `...`: nothing in it is replaced. Shells differ where quotes in it do not pair up. */
static int scan_backquotes(scan *s, hone_error *err)
{
    size_t quotes[2] = {0, 0};

    s->word_start = false;
    for (s->at++; s->at < s->len && s->text[s->at] != '`'; s->at++) {
        char byte = s->text[s->at];

        if (byte == '\\') {
            s->at++;
        } else if (byte == '\'' || byte == '"') {
            quotes[byte == '"']++;
        } else if (byte == '$' && peek(s, 1) == '{') {
            hone_reference reference =
                hone_reference_read(&s->compile->names, s->text + s->at, s->len - s->at);

            if (reference.kind != HONE_REFERENCE_UNKNOWN)
                return refuse(s, &reference, "inside `...`", err);
        }
    }
    if (quotes[0] % 2 != 0 || quotes[1] % 2 != 0)
        lose(s, "behind `...` with an odd number of quotes");
    if (s->at < s->len)
        s->at++;
    return 0;
}

/* A byte outside quotes that is none of \ ' " ` $. */
static void scan_plain(scan *s)
{
    char byte = s->text[s->at];

    if (byte == '#' && s->word_start) {
        while (s->at < s->len && s->text[s->at] != '\n')
            s->at++;
        return;
    }
    if (byte == '(') {
        push(s, FRAME_PAREN);
    } else if (byte == ')' && s->n_frames > 1) {
        s->word_start = top(s) == FRAME_PAREN;
        pop(s);
        s->at++;
        return;
    } else if (byte == '<' && peek(s, 1) == '<') {
        lose(s, "behind a here-document (<<)");
    } else if (s->word_start && s->n_substs > 0 && s->len - s->at >= 4 &&
               memcmp(s->text + s->at, "case", 4) == 0) {
        lose(s, "behind `case` inside $(...)");
    }
    s->word_start = strchr(" \t\n;&|<>()", byte) != NULL;
    s->at++;
}

static void scan_backslash(scan *s)
{
    /* A joined line is no text: a word that begins behind it began before it. */
    if (peek(s, 1) != '\n')
        s->word_start = false;
    s->at += s->at + 1 < s->len ? 2 : 1;
}

static int scan_words(scan *s, hone_error *err)
{
    switch (s->text[s->at]) {
    case '\\':
        scan_backslash(s);
        return 0;
    case '\'':
    case '"':
        push(s, s->text[s->at] == '"' ? FRAME_DOUBLE : FRAME_SINGLE);
        s->word_start = false;
        s->at++;
        return 0;
    case '`':
        return scan_backquotes(s, err);
    case '$':
        return scan_dollar(s, err);
    default:
        scan_plain(s);
        return 0;
    }
}

static int scan_double(scan *s, hone_error *err)
{
    switch (s->text[s->at]) {
    case '\\':
        scan_backslash(s);
        return 0;
    case '`':
        return scan_backquotes(s, err);
    case '$':
        return scan_dollar(s, err);
    case '"':
        pop(s);
        break;
    default:
        break;
    }
    s->word_start = false;
    s->at++;
    return 0;
}

static int scan_single(scan *s, hone_error *err)
{
    if (s->text[s->at] == '$')
        return scan_dollar(s, err);
    if (s->text[s->at] == '\'')
        pop(s);
    s->word_start = false;
    s->at++;
    return 0;
}

static int scan_arith(scan *s, hone_error *err)
{
    char byte = s->text[s->at];

    if (byte == '$')
        return scan_dollar(s, err);
    if (byte == '(')
        push(s, FRAME_ARITH);
    else if (byte == ')')
        pop(s);
    else if (strchr("'\"\\`", byte))
        lose(s, "behind quotes inside $((...))");
    s->word_start = false;
    s->at++;
    return 0;
}

static int scan_step(scan *s, hone_error *err)
{
    switch (top(s)) {
    case FRAME_DOUBLE:
        return scan_double(s, err);
    case FRAME_SINGLE:
        return scan_single(s, err);
    case FRAME_ARITH:
        return scan_arith(s, err);
    case FRAME_WORDS:
    case FRAME_SUBST:
    case FRAME_PAREN:
        break;
    }
    return scan_words(s, err);
}

static int check_closed(scan *s, hone_error *err)
{
    static const char *const opener[] = {
        [FRAME_WORDS] = "",    [FRAME_SUBST] = "$(", [FRAME_PAREN] = "(",
        [FRAME_DOUBLE] = "\"", [FRAME_SINGLE] = "'", [FRAME_ARITH] = "$(("};

    if (s->lost || s->n_frames == 1)
        return 0;
    s->compile->bad_offset = s->len;
    return hone_error_set(err, HONE_ESPEC, "the command ends inside %s", opener[top(s)]);
}

int hone_shell_compile(hone_compile *compile, const char *text, size_t len,
                       hone_element *out, hone_error *err)
{
    scan s = {
        .compile = compile, .text = text, .len = len, .n_frames = 1, .word_start = true};
    size_t n = 1;
    int code = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '$' ? 2 : 0;
    s.parts = hone_arena_alloc(compile->arena, n * sizeof *s.parts);
    if (!s.parts)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
    while (code == 0 && s.at < len)
        code = scan_step(&s, err);
    if (code == 0)
        code = check_closed(&s, err);
    if (code)
        return code;
    flush_text(&s, len);
    assert(s.n_parts <= n);
    *out = (hone_element){.n = s.n_parts, .parts = s.parts};
    return 0;
}

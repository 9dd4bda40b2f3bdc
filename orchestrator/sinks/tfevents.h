/* An event file of TensorBoard: a sequence of records, each an Event with a length and
 * two checksums (TFRecord: masked CRC-32C, little endian).
 *
 *   header (scalar | hparams)* */
#ifndef HONE_SINKS_TFEVENTS_H
#define HONE_SINKS_TFEVENTS_H

#include <stdint.h>

#include <hone/buf.h>

/* Each appends one record. `wall` is a time in seconds since 1970, finite. */
void hone_tfevents_header(hone_buf *out, double wall);
/* A point of a curve. Steps of a tag are to grow, and to be below 2^31. Values are kept
 * as float: there are no others that all of TensorBoard's readers take. */
void hone_tfevents_scalar(hone_buf *out, double wall, int64_t step, const char *tag,
                          double value);
/* A message of the HParams plugin (HParamsPluginData), which is emptied. */
void hone_tfevents_hparams(hone_buf *out, double wall, const char *tag,
                           hone_buf *content);

/* CRC-32C (Castagnoli). */
uint32_t hone_crc32c(const void *bytes, size_t len);

#endif

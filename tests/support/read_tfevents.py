#!/usr/bin/env python3
"""Reads a log folder of TensorBoard by the formats alone, every checksum checked, and
prints a line for each record. Knows nothing of hone.

  read_tfevents.py FOLDER
"""
import os
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from('<Q', data, at)
        assert struct.unpack_from('<I', data, at + 8)[0] == masked(data[at:at + 8])
        body = data[at + 12:at + 12 + length]
        assert len(body) == length
        assert struct.unpack_from('<I', data, at + 12 + length)[0] == masked(body)
        yield body
        at += 16 + length


def fields(message):
    """A message as field number -> list of values."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            value = varint()
        elif key & 7 == 1:
            value = struct.unpack_from('<d', message, at)[0]
            at += 8
        elif key & 7 == 2:
            length = varint()
            value = message[at:at + length]
            assert len(value) == length
            at += length
        else:
            assert key & 7 == 5
            value = struct.unpack_from('<f', message, at)[0]
            at += 4
        found.setdefault(key >> 3, []).append(value)
    return found


def one(found, number, otherwise=None):
    values = found.get(number, [otherwise])
    assert len(values) == 1
    return values[0]


def text(raw):
    return raw.decode()


def value(raw):
    found = fields(raw)
    assert len(found) == 1, 'a Value is one of its kinds'
    (number, values), = found.items()
    return {2: lambda v: v, 3: lambda v: repr(text(v)), 4: bool}[number](values[0])


def show_experiment(raw):
    found = fields(raw)
    print('  experiment', text(one(found, 6)))
    for item in found.get(4, []):
        info = fields(item)
        domain = ''
        if 5 in info:
            domain = [value(v) for v in fields(info[5][0]).get(1, [])]
        if 6 in info:
            span = fields(info[6][0])
            domain = (one(span, 1), one(span, 2))
        kind = {1: 'text', 2: 'bool', 3: 'number'}[one(info, 4)]
        print('  parameter', text(one(info, 1)), kind, domain, 'differs', one(info, 7, 0))
    for item in found.get(5, []):
        info = fields(item)
        print('  metric', text(one(fields(one(info, 1)), 2)),
              text(one(info, 3, b'')))


def show_start(raw):
    found = fields(raw)
    values = {}
    for entry in found.get(1, []):
        pair = fields(entry)
        values[text(one(pair, 1))] = value(one(pair, 2))
    assert one(found, 5) > 1e9
    print('  start', ' '.join(f'{k}={v}' for k, v in sorted(values.items())))


def show_end(raw):
    found = fields(raw)
    print('  end', {1: 'success', 2: 'failure', 3: 'running'}[one(found, 1)])


def show_summary(step, item):
    found = fields(item)
    tag = text(one(found, 1))
    if 2 in found:
        print(f'  {tag} {step} {one(found, 2):.6g}')
        return
    plugin = fields(one(fields(one(found, 9)), 1))
    assert text(one(plugin, 1)) == 'hparams'
    assert one(found, 8) == b'\x08\x01\x12\x02\x12\x00', 'no floats'
    (number, content), = fields(one(plugin, 2)).items()
    expected, show = {2: ('experiment', show_experiment),
                      3: ('session_start_info', show_start),
                      4: ('session_end_info', show_end)}[number]
    assert tag == '_hparams_/' + expected
    show(content[0])


def show_file(path):
    steps = {}
    for n, record in enumerate(records(open(path, 'rb').read())):
        event = fields(record)
        wall = one(event, 1)
        assert 0 < wall < 1e11
        if n == 0:
            assert one(event, 3) == b'brain.Event:2'
            continue
        step = one(event, 2, 0)
        for item in fields(one(event, 5)).get(1, []):
            tag = fields(item)[1][0]
            assert step > steps.get(tag, -1), 'steps of a tag grow'
            steps[tag] = step
            show_summary(step, item)


for folder, folders, files in os.walk(sys.argv[1]):
    folders.sort(key=lambda name: (len(name), name))
    assert len(files) == 1 and 'tfevents' in files[0], 'one event file a folder'
    print(os.path.relpath(folder, sys.argv[1]))
    show_file(os.path.join(folder, files[0]))

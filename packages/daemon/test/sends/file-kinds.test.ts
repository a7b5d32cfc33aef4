import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitsToRun, countKinds, warningsOf } from '../../src/sends/file-kinds.ts';
import { BEGINNING_LENGTH, beginsAsProgram } from '../../src/sends/program-bytes.ts';

function warned(name: string): readonly string[] {
  return warningsOf([name], [name]);
}

void test('what systems run is told by its name, and what only looks so is not', () => {
  for (const name of ['setup.EXE', 'a.scr', 'x.msi', 'y.dmg.pkg', 'z.AppImage', 'lib.so', 'w.jar'])
    assert.ok(warned(name).includes('PROGRAM'), name);
  for (const name of ['run.bat', 'a.ps1', 'b.vbs', 'c.sh', 'd.command', 'e.html', 'f.hta'])
    assert.ok(warned(name).includes('SCRIPT'), name);
  for (const name of ['a.docm', 'b.xlsm', 'c.doc', 'd.PPT'])
    assert.deepEqual(warned(name), ['MACROS']);
  for (const name of ['a.lnk', 'b.url', 'c.iso', 'd.desktop', 'e.dmg'])
    assert.deepEqual(warned(name), ['LAUNCHER']);
  for (const name of [
    'a.jpg',
    'b.mp4',
    'c.pdf',
    'd.docx',
    'e.zip',
    'exe',
    'f',
    '.profile',
    'g.exe.jpg',
  ])
    assert.deepEqual(warned(name), [], name);
});

void test('Windows drops dots and spaces at the end of a name, and so do we', () => {
  assert.deepEqual(warned('a.exe '), ['PROGRAM']);
});

void test('a second ending that pretends is told, with spaces before the last as well', () => {
  assert.deepEqual(warned('holiday.jpg.exe'), ['PROGRAM', 'DOUBLE_EXTENSION']);
  assert.deepEqual(warned('bill.pdf                       .lnk'), ['LAUNCHER', 'DOUBLE_EXTENSION']);
  assert.deepEqual(warned('backup.tar.sh'), ['SCRIPT', 'DOUBLE_EXTENSION']);
  assert.deepEqual(warned('report.2026.doc'), ['MACROS']);
});

void test('marks that turn the reading order are told, those of honest names are not', () => {
  const turned = 'photo\u202egpj.exe';
  assert.deepEqual(warningsOf([turned], ['photo_gpj.exe']), ['PROGRAM', 'TURNED_NAME']);
  assert.deepEqual(warningsOf(['\u2066a.jpg', 'b.jpg'], ['_a.jpg', 'b.jpg']), ['TURNED_NAME']);
  assert.deepEqual(warningsOf(['\u200fa.jpg'], ['_a.jpg']), ['NAME_CHANGED']);
  assert.deepEqual(warningsOf(['a:b.jpg'], ['a_b.jpg']), ['NAME_CHANGED']);
});

void test('a folder that macOS opens as a program warns for what is in it', () => {
  assert.deepEqual(warned('x'), []);
  const path = ['Tool.app', 'Contents', 'Info.plist'];
  assert.deepEqual(warningsOf(path, path), ['PROGRAM']);
});

void test('kinds are counted in their order', () => {
  const names = ['a.jpg', 'b.jpg', 'c.mp4', 'd.mp3', 'e.pdf', 'f.zip', 'g.exe', 'h', 'i.doc'];
  assert.deepEqual(countKinds(names), [2, 1, 1, 2, 1, 1, 1]);
});

void test('beginnings of programs are known, and what is too short or harmless is none', () => {
  const begins = (text: string): boolean => beginsAsProgram(Buffer.from(text, 'latin1'));
  for (const text of ['MZ\x90', '\x7fELF\x02', '#!/bin/sh', '\xcf\xfa\xed\xfe', 'xar!', 'dex\n035'])
    assert.ok(begins(text), text);
  for (const text of ['', 'M', '\x7fEL', '#', '\xff\xd8\xff\xe0', '%PDF-1.7', 'PK\x03\x04', 'RIFF'])
    assert.ok(!begins(text), text);
  assert.ok(!beginsAsProgram(new Uint8Array(BEGINNING_LENGTH)));
  assert.ok(admitsToRun('a.exe') && !admitsToRun('a.jpg'));
});

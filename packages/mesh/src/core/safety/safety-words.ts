/**
 * The words that two persons read to each other: one for each byte. English for all, with its number beside it for who
 * does not read it. Each begins with three letters that no other begins with, and differs from every other in three
 * letters at least, so that a misheard one is not taken for another.
 */
import { assert } from '@coequal/base';

const TEXT = `
  abbey acorn adobe aerial agent airport alarm alder almond ambush anchor angle apron artist aspen atlas
  attic autumn avenue awning badge bakery bamboo banjo barrel basket bathtub beacon bench berry bicycle bishop
  blossom blue bonfire border bottle brass bread brother buffalo bulb bundle butter cabin cactus camel canyon
  carpet castle caviar cedar cello chalk cheese chimney cinema circle citrus clay cliff clover cobweb cocoa
  coffee collar copper coral cotton cousin cowboy cradle cricket crown crystal curtain cushion daisy dancer dentist
  desert diamond doctor dolphin donkey dough dragon drift drum duck earth echo eclipse elbow ember emerald
  engine estate evening exit eyelid fabric falcon farmer feather fiddle finger fish flame fleet forest fossil
  freight friend fruit funnel furnace galaxy garden gate gazelle giraffe glacier goblet goose group guitar harbor
  helmet hero hill hippo holiday hood hotel ibis iceberg idol igloo index infant insect island ivory
  jaguar jasmine jeep jigsaw juice juniper kayak keeper kernel kidney king kiosk kitchen koala lagoon lantern
  laser laundry lava leaf lecture lemon leopard library lilac linen lips lizard lobster locket lotus magnet
  maple meadow mirror mitten mosaic museum needle nephew nest night nugget oasis ocean office olive onion
  orange orchard palace panda parrot pebble pencil piano pigeon pillow pirate planet poem potato pumpkin puzzle
  quarry queen quilt rabbit radio rainbow raven rhubarb ribbon ruby sailor scarf school ship silver sketch
  skirt sleigh snow soccer sofa spider stable sugar summit sunset swan teapot temple thunder toast tower
  train tulip turtle valley vanilla village violin volcano walnut weaver wheat window wolf yarn yogurt zebra
`;

export const SAFETY_WORDS: readonly string[] = TEXT.trim().split(/\s+/);

export function safetyWord(byte: number): string {
  const word = SAFETY_WORDS[byte];
  assert(word !== undefined, 'there is a word for each byte');
  return word;
}

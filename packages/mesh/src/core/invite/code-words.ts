/**
 * The words of spoken codes: short English names of things, food and places, chosen so that they sound different over a
 * bad line. Test and reasons are in test/core/invite/code-words.test.ts; the order is part of nothing.
 */
import { assert } from '@coequal/base';

const TEXT = `
  acorn actor adult album alley almanac almond alpaca amber anchor angel ankle apple apricot apron arctic arrow
  artist aspen atlas attic aurora autumn avocado baby bacon badge bagel baker balcony ballet bamboo banana bandage
  banjo barrel bazaar beach beaver beetle berry bicycle bingo birch biscuit bishop blanket blossom bobcat bonfire
  bonnet bonsai border bramble branch bread breeze bridge brother bubble bucket buffalo bugle burrito butter cabbage
  cabin cactus cafe camel camera candle canoe canvas canyon captain caramel carpet cashew cellar cello cement cereal
  chalk chapel chariot cheese cheetah cherry chess chimney chorus cider cinema circle clam cliff clock cloud clover
  cobalt cobra coconut comet compass condor cookie copper coral cosmos cosy cottage cotton cougar cousin coyote
  crater cricket cruise crystal cushion cymbal daisy dancer dawn deer delta denim denmark desert dewdrop diamond
  dolphin domino donkey dove dozen dragon drizzle drum duck dune eagle earth easel echo eclipse edge elbow eleven
  elk emerald engine evening fabric factory family farmer feather fence fern fiddle field fig finger firefly fjord
  flag flame flannel flask flour flute forest fossil fox freckle friday frog frost fudge furnace gadget galaxy
  gallery garden gargle garlic gazebo gazelle gecko geyser giraffe glacier glider glove gnome goat goblet gondola
  goose gorge gorilla granite granola grape gravel grill guava guitar gully guppy gymnast habit hammock hamster
  harbour harmony harp harvest hawk hazel helmet heron hiking hill honey horizon hotel hummus hurdle husky iceberg
  iguana indigo insect island ivory ivy jaguar jasmine javelin jelly jigsaw jogging jubilee juice jungle juniper
  kayak kelp kennel kingdom kitchen kiwi knight koala ladder lagoon lake lantern laptop lasso laundry lava leaf
  legend lemon lemur lentil leopard lettuce lever library lilac lime linen lizard lobster lotus lullaby lumber lunch
  lynx machine magma magnet magpie mammoth mango maple mayor meadow medal melody melon menu mermaid meteor midwife
  milk mineral minute mirror mitten monday mosaic muffin museum mustard napkin narwhal nebula nectar nest neutral
  nickel nomad noodle north nugget nursery nutmeg oak oasis oatmeal oboe ocean octopus office olive onion opera
  orange orbit orca orchard oregano organ origami ostrich otter oven owl painter palace pancake panda papaya paper
  paprika parrot parsley pasta pasture peacock peanut pelican penguin peony petal pewter piccolo pickle picnic
  pigeon pillow pilot pirate plaza plum plywood poem polar poncho porch potato prairie pretzel prism pumpkin puppet
  puzzle pyramid quail quarry queen quiche quilt quiver rabbit raccoon radar radish raft rainbow raisin rattle raven
  recipe reef rhubarb ribbon rice ripple river rope rowing ruby runway saffron salad sandal sardine satin saturn
  sauce scallop scarf school scooter seagull season seesaw sequoia sesame sherbet sheriff shovel shuttle siesta
  signal silver skate sketch sloth snail snow soccer sofa soldier soup south spade spinach spiral spoon spring
  spruce squash stadium staple station stew stone storm student sugar summit sunset sweater swing syrup table taco
  tadpole tailor tarmac teapot temple tennis theatre thimble thunder tiger toast toffee topaz toucan tower tractor
  traffic trapeze trellis trophy truffle trumpet tuba tulip tundra turbine turkey turnip twelve unicorn vacuum
  vanilla vase veranda village vine violet volcano volley voyage vulture waffle wagon walnut waltz water wedding
`;

/** 2^9: two of them are 18 bits. */
export const CODE_WORDS: readonly string[] = TEXT.trim().split(/\s+/);

const KNOWN: ReadonlySet<string> = new Set(CODE_WORDS);

export function isCodeWord(word: string): boolean {
  return KNOWN.has(word);
}

export function codeWord(index: number): string {
  const word = CODE_WORDS[index];
  assert(word !== undefined, 'an index of the list');
  return word;
}

/** The word that was meant, if one is near enough; letters to change, add or leave out are counted. */
export function nearestCodeWord(typed: string): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const word of CODE_WORDS) {
    const distance = distanceOf(typed, word);
    if (best === undefined || distance < best.distance) best = { word, distance };
  }
  return best !== undefined && best.distance <= DISTANCE_MAX ? best.word : undefined;
}

/** A word with more wrong letters is another word. */
const DISTANCE_MAX = 2;
/** Longer than any of the list by more than that. */
const TYPED_LENGTH_MAX = 12;

function distanceOf(a: string, b: string): number {
  if (a.length > TYPED_LENGTH_MAX) return a.length;
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    last = row;
  }
  return last[b.length] ?? 0;
}

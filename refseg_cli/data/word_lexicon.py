"""A small hand-made lexicon: which common words of referring expressions do what in the sentence."""

from .phrases.nouns import every_noun

ATTRIBUTES = frozenset(
    """
    left right top bottom middle center centre central upper lower leftmost rightmost topmost uppermost
    bottommost lowermost front back rear side corner far farthest furthest closest nearest close
    foreground background highest lowest high low higher edge end lefthand righthand leftside rightside
    topleft topright bottomleft bottomright mid inner outer very foremost north south east west northwest
    northeast southwest southeast forefront backmost frontmost big bigger biggest large larger largest
    small smaller smallest little littler littlest tiny tiniest huge giant tall taller tallest short
    shorter shortest long longer longest wide narrow thin fat skinny thick half full whole entire partial
    partially cut visible mini medium first second third fourth fifth sixth last 1st 2nd 3rd 4th 5th 6th
    only single other 1 2 3 4 5 6 7 8 9 10 two three four five six seven eight nine ten red orange yellow
    green blue purple pink brown black white gray grey tan beige gold golden silver maroon navy teal
    turquoise violet blonde blond brunette dark darker darkest light lighter lightest bright brighter
    colored coloured colorful clear pale plaid striped stripes stripe checkered spotted polka multicolored
    old older oldest young younger youngest bald elderly new wooden metal plastic leather furry fluffy
    hairy round square rectangular circular flat curved empty open closed broken blurry blurred fuzzy
    shiny dirty clean wet ripe unripe raw cooked sliced frosted glazed standing sitting seated laying
    lying leaning squatting kneeling crouching bending bent walking running jumping sleeping smiling
    facing looking turned parked upright striding swinging posing squinting grazing frozen bearded male
    female asian alone lone another main folded weird floral patterned tilted sideways upside hidden
    """.split()
)
"""Places, sizes, order, colours and other properties, with the postures that need no second object."""

RELATIONS = frozenset(
    """
    on in at by with without next beside besides behind under underneath below beneath above over near
    nearby between among against across around along inside outside within into onto off from to toward
    towards through of for holding held wearing carrying riding touching using reading eating drinking
    watching pulling pushing catching throwing texting hitting kicking feeding petting hugging playing
    driving talking pointing reaching hanging covering covered surrounded attached connected containing
    filled made behind beyond past opposite alongside closer nearer adjacent has having had have who's
    whose w wears holds rides atop
    """.split()
)
"""Prepositions, and verbs that take a second object."""

UNNECESSARY = frozenset(
    """
    the a an this that these those is are was were be been being am it its it's he she him his her hers
    they them their theirs there here i you your we us our my me who which what where when and or but so
    as if not no yes just also too please lol haha ok okay um uh hi hey click find show thanks really
    almost kind sort like looks seems appears appear seem one ones thing things t s do does did doing can
    could will would should may might must get got see seen sees shown than then all any some each both
    picture photo image pic pictured maybe probably basically actually exactly sorry oops already still way
    """.split()
)
"""Articles, pronouns, auxiliaries and small talk: what can be dropped without a loss."""

_COMMON_NOUNS = frozenset(
    """
    man men woman women boy boys girl girls lady ladies kid kids child children baby babies toddler guys
    people persons humans dude dudes gentleman player players batter catcher umpire pitcher referee skier
    skiers snowboarder surfer skater skateboarder rider biker cyclist driver chef cook waiter officer cop
    police soldier bride groom mom mother dad father son daughter couple family crowd group team someone
    somebody anyone student worker passenger pedestrian spectator fan audience teen teenager adult head
    face hair hand hands arm arms leg legs foot feet eye eyes nose mouth ear ears neck shoulder body beard
    mustache butt chest tail trunk tusk tusks horn horns wing wings fur mane paw beak shirt shirts
    sweatshirt tshirt t-shirt jacket coat sweater hoodie vest dress skirt pants jeans shorts suit tuxedo
    hat cap helmet glasses sunglasses shoe shoes boots sneakers sock socks glove gloves scarf uniform
    jersey outfit clothes clothing apron belt robe bikini swimsuit wetsuit goggles headband hood sleeve
    sleeves watch necklace bracelet ring earrings wristband backpack purse bag bags dogs cats horses sheep
    lamb lambs cows bull calf elephants zebras giraffes birds bears puppies kitten duck goose pigeon
    seagull parrot owl chicken pony donkey goat ox animals pet creature kitty leopard cars trucks buses
    trains planes boats bikes bicycles motorcycles motorcycle van taxi cab suv pickup jeep scooter
    vehicles wheel wheels locomotive track tracks tire tires engine trailer tractor cart wagon carriage
    ship canoe kayak window windows door doors wall floor ground grass field tree trees bush plants flower
    flowers road street sidewalk snow water ocean sea beach sand sky cloud mountain hill house building
    sign pole post fence light lights lamp mirror frame counter cabinet drawer shelf shelves desk stand
    stool seat seats chairs couches tables beds pillow pillows blanket sheet sheets towel curtain rug
    carpet room kitchen bathroom food plate plates dish dishes bowls cups mug glass wine bottles can cans
    jar jug fork knife knives spoon spoons napkin tray pan pot basket box boxes bucket container lid straw
    pizza pizzas slice slices sandwich sandwiches bread bun bagel toast burger meat sausage egg eggs
    cheese cake cakes pie cookie cookies donuts doughnuts pastry muffin dessert icing frosting chocolate
    candy bananas apples oranges lemon lime grapes strawberry strawberries pear peach tomato tomatoes
    carrots broccoli lettuce salad vegetable vegetables veggies veggie potato potatoes fries onion pepper
    mushroom rice soup pasta sauce beans coffee tea juice beer milk soda drink drinks brocolli broccolli
    sandwhich bat bats ball balls racket racquet skateboard surfboards ski skis wii poles board boards
    frisbee kites net goal base laptops computer computers keyboards monitor monitors screen screens phone
    phones remote controller camera book books paper papers magazine newspaper pen pencil doll toy toys
    balloon umbrella umbrellas suitcases luggage toilet toilets sinks tub bathtub vase vases clock clocks
    number logo letter letters object item area spot piece pieces part row set pair stack pile bunch
    """.split()
)

ACTIONS = frozenset(
    """
    holding held wearing wears carrying riding rides touching using reading eating drinking watching pulling
    pushing catching throwing texting hitting kicking feeding petting hugging playing driving talking pointing
    reaching hanging standing sitting laying lying leaning squatting kneeling crouching bending walking
    running jumping sleeping smiling facing looking striding swinging posing squinting grazing moving moves
    move motion still motionless stays going goes spinning spins spin rotating rotate rotates turning turns
    vertically blinking blinks blink flashing flashes rising sinking upwards downwards stops stop rest starts
    starting begins growing grows getting shrinking shrinks flying flies rolling rolls climbing climbs
    crawling crawls bouncing bounces falling falls dancing dances swimming swims drifting crossing passing
    chasing fighting entering leaving following walks runs jumps stands sits holds holding skating surfing
    lifting swings waves waving
    """.split()
)
"""What somebody or something does, which a video can show; in photos, attributes and relations."""

_NOUNS = frozenset(word for noun in every_noun() for word in noun.split())

ENTITIES = (_COMMON_NOUNS | _NOUNS) - ATTRIBUTES - RELATIONS - UNNECESSARY
"""People and things, with every word that names a COCO category; of words with two uses, the other one."""

PICTURE_WORDS = frozenset("picture photo image pic screen frame view photograph".split())
"""In "left of the picture" left is a place in the photo; in "left of the dog" it is a relation."""

PLACE_WORDS = frozenset("left right front back top rear side".split())
"""Attributes that become relations before "of" and a thing."""

/** An invented article to begin with: a harbour master confesses, his spokeswoman takes it back. */

export const CLAIMS = [
  "The harbour authority knew before the storm that the sea wall was cracked.",
  "The ferry terminal should stay closed until the sea wall is rebuilt.",
];

export const ARTICLE = [
  "Port Ellery still divided over its broken wall",
  "PORT ELLERY. Three weeks after the sea wall gave way and left the lower town under a metre of water, the people who ran the harbour cannot agree on what they had been told, or when.",
  "On Tuesday night, before four hundred residents in the fish hall, the matter looked settled. “We had the survey on our desks in March,” Edwin Tarrant, the harbour master, told the meeting. “We knew that the wall was cracked, and I am sorry.” For a moment nobody spoke.",
  "By breakfast his office had taken it back. Lena Osei, a spokeswoman for the harbour authority, said that Mr Tarrant had been tired and was thinking of the old east pier, which was pulled down in the summer. “What he meant was that we knew about the pier,” she said. “The first that anyone here heard of a crack in the wall was on the night it broke.”",
  "The engineer who led the survey remembers it otherwise. Marta Quill said her report had described a crack two fingers wide below the waterline, and that she had carried it to the authority herself. “I put it into their hands on the ninth of March,” she said. “There was a photograph on the cover.”",
  "Corwin Hale, who chairs the authority, dismissed the suggestion that his staff had sat on a warning. “That is a fairy tale from start to finish,” he said, and closed the door of his car.",
  "The ministry was more careful. The ports minister, Ines Farrow, said it was unclear who had read what before the storm. “There may have been a survey, and it may have reached somebody’s desk,” she told reporters. “I would have to see it before I said more.” The police, who opened an inquiry last week, declined to say whether the authority had been warned.",
  "The quarrel has now reached the ferry. No boat has called at the terminal since the flood, and Ms Quill insists that none should until the wall behind it has been rebuilt. “I would keep it shut,” she said. “Nobody ought to be standing on that quay.”",
  "Mr Hale would hear none of it. Each week of closure cost the town four hundred thousand crowns, he said, and the boats must sail again on the first of December, “wall or no wall”. Hanne Birk, whose bakery on Water Lane lost both its ovens, said she wanted the terminal to stay closed for as long as the masons needed. “My grandchildren take that boat,” she said.",
  "Others are torn. Davit Sorel, who speaks for the crews, said it might be wise to wait until the wall was finished, but that forty families could hardly live on wisdom. The mayor’s office would neither back nor rule out a longer closure.",
  "Ms Osei said on Wednesday that 340 volunteers had helped to clear the lower town, and that the lending library would open again on Monday with dry books.",
].join("\n\n");
